import { SandboxError } from '../errors.js';

/** A place in a body: both count from one, the column in bytes. */
export interface JsonLocation {
  readonly line: number;
  readonly column: number;
}

const QUOTED_SOURCE_LIMIT = 500;

/** `x_content_parse_exception`, with its place in front when there is one. */
export function xContentParseException(location: JsonLocation | undefined, text: string, cause?: SandboxError): SandboxError {
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
export function malformedJson(bytes: Buffer, location: JsonLocation, problem: string, type = 'json_parse_exception'): SandboxError {
  const text = `${problem}\n at [Source: ${source(bytes)}; line: ${location.line}, column: ${location.column}]`;
  return xContentParseException(location, text, new SandboxError(type, text, 400));
}

/** A body that ends too early. */
export function unexpectedEnd(
  bytes: Buffer,
  location: JsonLocation,
  open: { kind: 'Object' | 'Array'; location: JsonLocation } | undefined,
): SandboxError {
  const place = (at: JsonLocation): string => `[Source: ${source(bytes)}; line: ${at.line}, column: ${at.column}]`;
  const problem = open
    ? `Unexpected end-of-input: expected close marker for ${open.kind} (start marker at ${place(open.location)})`
    : 'Unexpected end-of-input: was expecting closing quote for a string value';
  const cause = new SandboxError('json_e_o_f_exception', `${problem}\n at ${place(location)}`, 400);
  const reason = `[${location.line}:${location.column}] Unexpected end of file`;
  return new SandboxError('x_content_e_o_f_exception', reason, 400, { cause });
}

/** A body that is nested deeper than the parser goes. */
export function nestingTooDeep(depth: number, limit: number): SandboxError {
  const text = `Document nesting depth (${depth}) exceeds the maximum allowed (${limit}, from \`StreamReadConstraints.getMaxNestingDepth()\`)`;
  return xContentParseException(undefined, text, new SandboxError('stream_constraints_exception', text, 400));
}

function source(bytes: Buffer): string {
  const shown = bytes.subarray(0, QUOTED_SOURCE_LIMIT).toString('utf8');
  const hidden = bytes.length - QUOTED_SOURCE_LIMIT;
  return `(byte[])"${shown}"${hidden > 0 ? `[truncated ${hidden} bytes]` : ''}`;
}
