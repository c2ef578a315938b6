import { SandboxError } from '../errors.js';

/** A place in a body: both count from one, the column in bytes. */
export interface JsonLocation {
  readonly line: number;
  readonly column: number;
}

const QUOTED_SOURCE_LIMIT = 500;
// Line breaks are quoted as they are.
const CONTROL = /(?![\r\n])\p{Cc}/gu;

/** `x_content_parse_exception`, with its place in front when there is one. */
export function xContentParseException(
  location: JsonLocation | undefined,
  text: string,
  cause?: SandboxError,
): SandboxError {
  const reason = location ? `[${location.line}:${location.column}] ${text}` : text;
  return new SandboxError('x_content_parse_exception', reason, 400, cause ? { cause } : {});
}

/** `parsing_exception` of the query and aggregation parsers, which names its place in members of its own. */
export function parsingException(location: JsonLocation, reason: string, cause?: SandboxError): SandboxError {
  return new SandboxError('parsing_exception', reason, 400, {
    metadata: { line: location.line, col: location.column },
    ...(cause ? { cause } : {}),
  });
}

/** A body that is not JSON. The text quotes the body, as the parser of Elasticsearch does. */
export function malformedJson(
  bytes: Buffer,
  location: JsonLocation,
  problem: string,
  type = 'json_parse_exception',
): SandboxError {
  const text = `${problem}\n at [Source: ${source(bytes)}; line: ${location.line}, column: ${location.column}]`;
  return xContentParseException(location, text, new SandboxError(type, text, 400));
}

/** What a body that ends too early left open: an object or array, one of its entries, a string or a name. */
export type OpenPart = { kind: 'Object' | 'Array'; location: JsonLocation } | 'entries' | 'string' | 'name';

const OPEN_TEXTS = {
  entries: 'Unexpected end-of-input within/between Object entries',
  string: 'Unexpected end-of-input in VALUE_STRING',
  name: 'Unexpected end-of-input in field name',
} as const;

/** A body that ends too early. */
export function unexpectedEnd(bytes: Buffer, location: JsonLocation, open: OpenPart): SandboxError {
  const place = (at: JsonLocation): string => `[Source: ${source(bytes)}; line: ${at.line}, column: ${at.column}]`;
  const problem =
    typeof open === 'string'
      ? OPEN_TEXTS[open]
      : `Unexpected end-of-input: expected close marker for ${open.kind} (start marker at ${place(open.location)})`;
  const cause = new SandboxError('json_e_o_f_exception', `${problem}\n at ${place(location)}`, 400);
  const reason = `[${location.line}:${location.column}] Unexpected end of file`;
  return new SandboxError('x_content_e_o_f_exception', reason, 400, { cause });
}

/** An object or array that is closed by the mark of the other. */
export function mismatchedClose(
  bytes: Buffer,
  location: JsonLocation,
  open: { kind: 'Object' | 'Array'; location: JsonLocation },
): SandboxError {
  const [found, wanted] = open.kind === 'Object' ? [']', '}'] : ['}', ']'];
  const start = `[Source: ${source(bytes)}; line: ${open.location.line}, column: ${open.location.column}]`;
  return malformedJson(
    bytes,
    location,
    `Unexpected close marker '${found}': expected '${wanted}' (for ${open.kind} starting at ${start})`,
  );
}

/** A body that is nested deeper than the parser goes. */
export function nestingTooDeep(depth: number, limit: number): SandboxError {
  const text =
    `Document nesting depth (${depth}) exceeds the maximum allowed (${limit}, from ` +
    '`StreamReadConstraints.getMaxNestingDepth()`)';
  return xContentParseException(undefined, text, new SandboxError('stream_constraints_exception', text, 400));
}

function source(bytes: Buffer): string {
  const shown = bytes.subarray(0, QUOTED_SOURCE_LIMIT).toString('utf8').replaceAll(CONTROL, escapeControl);
  const hidden = bytes.length - QUOTED_SOURCE_LIMIT;
  return `(byte[])"${shown}"${hidden > 0 ? `[truncated ${hidden} bytes]` : ''}`;
}

function escapeControl(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
