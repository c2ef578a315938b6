import { illegalArgument, SandboxError } from './errors.js';
import { didYouMean } from './suggestions.js';

const ALWAYS_ACCEPTED: readonly string[] = ['pretty', 'human', 'error_trace', 'filter_path', 'format'];

/** The query parameters of a request; those nobody asked for are refused by `refuseUnconsumed`. */
export class Parameters {
  private readonly values: ReadonlyMap<string, string>;
  private readonly consumed = new Set<string>(ALWAYS_ACCEPTED);

  constructor(query: string) {
    const values = new Map<string, string>();
    for (const part of query.split('&')) {
      if (part === '' || part === '=') continue;
      const separator = part.indexOf('=');
      const name = separator > 0 ? part.slice(0, separator) : part.slice(separator + 1);
      const value = separator > 0 ? part.slice(separator + 1) : '';
      values.set(decode(name), decode(value));
    }
    this.values = values;
  }

  /** The value of a parameter; a repeated one counts with its last value. */
  get(name: string): string | undefined {
    this.consumed.add(name);
    return this.values.get(name);
  }

  /** A boolean: absent is false, without a value is true. */
  flag(name: string): boolean {
    const value = this.get(name);
    if (value === undefined || value === 'false') return false;
    if (value === '' || value === 'true') return true;
    throw illegalArgument(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
  }

  /** Reads `refresh`, which is accepted and has no effect: a write is visible at once. */
  acceptRefresh(): void {
    const value = this.get('refresh');
    if (value !== undefined && !['', 'true', 'false', 'wait_for'].includes(value)) {
      throw illegalArgument(`Unknown value for refresh: [${value}].`);
    }
  }

  /** Refuses the parameters that were never asked for. */
  refuseUnconsumed(path: string): void {
    const unknown = [...this.values.keys()].filter((name) => !this.consumed.has(name)).sort();
    if (unknown.length === 0) return;
    const candidates = [...this.consumed];
    const list = unknown.map((name) => {
      const suggestion = didYouMean(name, candidates);
      return `[${name}]${suggestion === '' ? '' : ` ->${suggestion}`}`;
    });
    const noun = unknown.length === 1 ? 'parameter' : 'parameters';
    throw illegalArgument(`request [${path}] contains unrecognized ${noun}: ${list.join(', ')}`);
  }
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  const problem = invalidEscape(spaced);
  if (problem === undefined) return Buffer.from(unescapeBytes(spaced), 'latin1').toString('utf8');
  const reason = escapeReason(problem, text);
  throw new SandboxError('bad_parameter_exception', `java.lang.IllegalArgumentException: ${reason}`, 400, {
    cause: illegalArgument(reason),
  });
}

/** Decodes a path segment; `path` is the whole path, which the refusal of a bad escape names. */
export function decodeSegment(segment: string, path: string): string {
  const problem = invalidEscape(path);
  if (problem) throw illegalArgument(escapeReason(problem, path));
  return Buffer.from(unescapeBytes(segment), 'latin1').toString('utf8');
}

function escapeReason({ sequence, index }: { sequence: string; index: number }, text: string): string {
  if (sequence.length < 3) return `unterminated escape sequence at end of string: ${text}`;
  return `invalid escape sequence \`${sequence}' at index ${index} of: ${text}`;
}

function invalidEscape(text: string): { sequence: string; index: number } | undefined {
  const match = /%(?![0-9a-fA-F]{2})/.exec(text);
  return match ? { sequence: text.slice(match.index, match.index + 3), index: match.index } : undefined;
}

function unescapeBytes(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
