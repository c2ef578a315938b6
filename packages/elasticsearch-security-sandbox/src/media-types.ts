import { illegalArgument, PlainError, SandboxError } from './errors.js';

/** The media type a body is read in or an answer is written in. */
export interface MediaTypes {
  readonly answer: 'json' | 'yaml';
  readonly contentType: string;
}

interface MediaType {
  readonly name: string;
  readonly version: number | undefined;
}

const JSON_NAMES: ReadonlySet<string> = new Set([
  'application/json',
  'application/x-ndjson',
  'application/vnd.elasticsearch+json',
  'application/vnd.elasticsearch+x-ndjson',
]);
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+*-]+\/[A-Za-z0-9!#$&^_.+*-]+$/;

/** Checks `Accept` and `Content-Type` and decides in which type to answer. YAML bodies are not supported. */
export function negotiate(
  accept: string | undefined,
  contentType: string | undefined,
  hasBody: boolean,
  major: number,
): MediaTypes {
  const accepted = parse('Accept', accept);
  const given = parse('Content-Type', contentType);
  const content = hasBody ? given : undefined;
  checkVersions(accepted, content, { accept, contentType, hasBody, major });
  if (accepted?.name === 'application/yaml') return { answer: 'yaml', contentType: 'application/yaml' };
  if (accepted?.version === undefined) return { answer: 'json', contentType: 'application/json' };
  return { answer: 'json', contentType: `application/vnd.elasticsearch+json;compatible-with=${accepted.version}` };
}

/** Refuses a body in a type nobody reads here; asked only once there is a route for it. */
export function requireReadable(contentType: string | undefined): void {
  const content = parse('Content-Type', contentType);
  if (content && JSON_NAMES.has(content.name)) return;
  throw new PlainError(406, { error: `Content-Type header [${contentType ?? ''}] is not supported`, status: 406 });
}

function parse(header: string, value: string | undefined): MediaType | undefined {
  if (value === undefined || value.trim() === '*/*') return undefined;
  if (value === '') throw headerFailure([header], illegalArgument(`Header [${header}] cannot be empty.`));
  const first = header === 'Accept' ? (value.split(',')[0] ?? '') : value;
  const [name = '', ...parameters] = first.split(';').map((part) => part.trim());
  if (!MEDIA_TYPE.test(name)) throw headerFailure([header], illegalArgument(`invalid media-type [${value}]`));
  const compatible = parameters.find((parameter) => parameter.toLowerCase().startsWith('compatible-with='));
  return {
    name: name.toLowerCase(),
    version: compatible ? Number(compatible.slice('compatible-with='.length)) : undefined,
  };
}

function checkVersions(
  accepted: MediaType | undefined,
  content: MediaType | undefined,
  request: { accept: string | undefined; contentType: string | undefined; hasBody: boolean; major: number },
): void {
  const { major } = request;
  const isNine = major >= 9;
  const headers = isNine ? ['Accept', 'Content-Type'] : ['Content-Type', 'Accept'];
  for (const [name, type, value] of [
    ['Accept', accepted, request.accept],
    ['Content-Type', content, request.contentType],
  ] as const) {
    if (type?.version === undefined || type.version === major || type.version === major - 1) continue;
    const text =
      `${name} version must be either version ${major} or ${major - 1}, but found ${type.version}. ` +
      `${name}=${value}`;
    throw headerFailure(headers, new SandboxError('status_exception', text, 400));
  }
  if (!request.hasBody || accepted?.version === content?.version) return;
  const isOlder = [accepted, content].some((type) => type?.version !== undefined && type.version !== major);
  const text =
    'A compatible version is required on both Content-Type and Accept headers if either one has requested a ' +
    `compatible version${isOlder ? ' and the compatible versions must match' : ''}. ` +
    `Accept=${request.accept ?? 'null'}, Content-Type=${request.contentType ?? 'null'}`;
  throw headerFailure(headers, new SandboxError('status_exception', text, 400));
}

function headerFailure(headers: readonly string[], cause: SandboxError): SandboxError {
  const reason = `Invalid media-type value on headers [${headers.join(', ')}]`;
  return new SandboxError('media_type_header_exception', reason, 400, { cause });
}
