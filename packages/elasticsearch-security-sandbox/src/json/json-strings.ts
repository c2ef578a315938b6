/** A string literal that was read, or the problem at a byte offset that stopped the reading. */
export type StringReading =
  { text: string; end: number } | { problem: string; offset: number } | { endOfInput: number };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Reads the string literal whose opening quote is at `start`. */
export function readStringLiteral(bytes: Buffer, start: number): StringReading {
  let text = '';
  let runStart = start + 1;
  let index = runStart;
  for (;;) {
    const byte = bytes[index];
    if (byte === undefined) return { endOfInput: index };
    if (byte === QUOTE) return { text: text + bytes.toString('utf8', runStart, index), end: index + 1 };
    if (byte < 0x20) {
      return {
        problem:
          `Illegal unquoted character ((CTRL-CHAR, code ${byte})): has to be escaped using backslash to be ` +
          'included in string value',
        offset: index,
      };
    }
    if (byte === BACKSLASH) {
      text += bytes.toString('utf8', runStart, index);
      const escape = readEscape(bytes, index);
      if ('problem' in escape) return escape;
      text += escape.text;
      index = escape.end;
      runStart = index;
    } else if (byte < 0x80) {
      index += 1;
    } else {
      const sequence = checkUtf8(bytes, index);
      if (typeof sequence !== 'number') return sequence;
      index += sequence;
    }
  }
}

function readEscape(bytes: Buffer, start: number): { text: string; end: number } | { problem: string; offset: number } {
  const code = bytes[start + 1] ?? 0;
  const letter = String.fromCharCode(code);
  const simple = SIMPLE_ESCAPES.get(letter);
  if (simple !== undefined) return { text: simple, end: start + 2 };
  if (letter !== 'u') return { problem: `Unrecognized character escape '${letter}' (code ${code})`, offset: start + 1 };
  for (let index = start + 2; index < start + 6; index += 1) {
    const digit = bytes[index] ?? 0;
    if (!/[0-9a-fA-F]/.test(String.fromCharCode(digit))) {
      return {
        problem:
          `Unexpected character ('${String.fromCharCode(digit)}' (code ${digit})): expected a hex-digit for ` +
          'character escape sequence',
        offset: index,
      };
    }
  }
  return {
    text: String.fromCharCode(Number.parseInt(bytes.toString('latin1', start + 2, start + 6), 16)),
    end: start + 6,
  };
}

function checkUtf8(bytes: Buffer, start: number): number | { problem: string; offset: number } {
  const first = bytes[start] ?? 0;
  const length =
    first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc0 && first < 0xe0 ? 2 : 0;
  if (length === 0) return { problem: `Invalid UTF-8 start byte 0x${first.toString(16)}`, offset: start + 1 };
  for (let index = start + 1; index < start + length; index += 1) {
    const next = bytes[index] ?? 0;
    if ((next & 0xc0) !== 0x80)
      return { problem: `Invalid UTF-8 middle byte 0x${next.toString(16)}`, offset: index + 1 };
  }
  return length;
}
