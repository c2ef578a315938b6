import { SandboxError } from '../errors.js';
import { malformedJson, mismatchedClose, nestingTooDeep, unexpectedEnd, type JsonLocation } from './json-failure.js';
import { LEADING_PLUS, numberProblem } from './json-numbers.js';
import { readStringLiteral } from './json-strings.js';
import type { Token } from './json-token.js';
import { emptyObject, JsonNumber, type JsonObject, type JsonValue } from './json-value.js';

export type { Token } from './json-token.js';

interface Level {
  readonly kind: 'Object' | 'Array';
  readonly location: JsonLocation;
  readonly names: Set<string>;
  name: string | null;
  count: number;
  valueExpected: boolean;
}

const MAX_DEPTH = 1000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const LITERALS: ReadonlyMap<string, { token: Token; value: boolean | null }> = new Map([
  ['true', { token: 'VALUE_BOOLEAN', value: true }],
  ['false', { token: 'VALUE_BOOLEAN', value: false }],
  ['null', { token: 'VALUE_NULL', value: null }],
]);

/**
 * Reads a JSON body token by token and knows the place of each, as the streaming parser of Elasticsearch does: errors
 * appear when the reading gets there, a string is decoded only when its text is asked for, duplicate members are
 * refused, comments and anything behind the first value are not.
 */
export class JsonScanner {
  token: Token | null = null;
  location: JsonLocation = { line: 1, column: 1 };

  private offset: number;
  private lineStart = 0;
  private line = 1;
  private readonly levels: Level[] = [];
  private unreadString: number | undefined;
  private value: string | JsonNumber | boolean | null = null;
  private readonly latin1: string;

  constructor(readonly bytes: Buffer) {
    this.offset = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    this.latin1 = bytes.toString('latin1');
  }

  /** The member the current token belongs to; null within an array and at the top. */
  get name(): string | null {
    const opens = this.token === 'START_OBJECT' || this.token === 'START_ARRAY';
    return this.levels.at(opens ? -2 : -1)?.name ?? null;
  }

  /** True when there is nothing but blanks. */
  get isBlank(): boolean {
    return /^[ \t\r\n]*$/.test(this.latin1);
  }

  /** Moves to the next token. */
  next(): Token {
    if (this.unreadString !== undefined) this.text();
    this.skipBlanks();
    const level = this.levels.at(-1);
    if (!level) return this.nextValue();
    if (this.bytes[this.offset] === undefined) {
      throw unexpectedEnd(this.bytes, this.place(this.offset), level.valueExpected ? 'entries' : level);
    }
    if (level.kind === 'Array') return this.nextInArray(level);
    return level.valueExpected ? this.nextValue() : this.nextInObject(level);
  }

  /** The text of a string, number or boolean. */
  text(): string {
    if (this.unreadString !== undefined) {
      this.value = this.finishString(this.unreadString, 'string');
      this.unreadString = undefined;
    }
    return this.value instanceof JsonNumber ? this.value.text : String(this.value);
  }

  /** The value that starts at the current token; leaves the scanner at its last token. */
  readValue(): JsonValue {
    switch (this.token) {
      case 'START_OBJECT': {
        const object: JsonObject = emptyObject();
        while (this.next() !== 'END_OBJECT') {
          const key = this.name ?? '';
          this.next();
          object[key] = this.readValue();
        }
        return object;
      }
      case 'START_ARRAY': {
        const items: JsonValue[] = [];
        while (this.next() !== 'END_ARRAY') items.push(this.readValue());
        return items;
      }
      case 'VALUE_STRING':
        return this.text();
      default:
        return this.value;
    }
  }

  /** Moves through the elements of the array at the current token, which the loop must read to their ends. */
  *elements(): Generator<Token> {
    for (let token = this.next(); token !== 'END_ARRAY'; token = this.next()) yield token;
  }

  /** The place right behind the current scalar, where the parser stands when a number does not fit. */
  get end(): JsonLocation {
    return this.place(this.offset);
  }

  private nextInObject(level: Level): Token {
    if (this.byteIs('}')) return this.close('END_OBJECT');
    if (this.byteIs(']') && level.count > 0) throw mismatchedClose(this.bytes, this.place(this.offset), level);
    if (level.count > 0) this.expect(',', 'was expecting comma to separate Object entries');
    if (!this.byteIs('"')) throw this.unexpected('was expecting double-quote to start field name');
    const start = this.offset;
    const name = this.finishString(start, 'name');
    if (level.names.has(name)) throw this.failure(`Duplicate field '${name}'`, this.offset);
    level.names.add(name);
    level.name = name;
    level.count += 1;
    level.valueExpected = true;
    this.at('FIELD_NAME', start);
    this.skipBlanks();
    this.expect(':', 'was expecting a colon to separate field name and value');
    return 'FIELD_NAME';
  }

  private nextInArray(level: Level): Token {
    if (this.byteIs(']')) return this.close('END_ARRAY');
    if (this.byteIs('}')) throw mismatchedClose(this.bytes, this.place(this.offset), level);
    if (level.count > 0) this.expect(',', 'was expecting comma to separate Array entries');
    level.count += 1;
    return this.nextValue();
  }

  private nextValue(): Token {
    this.skipBlanks();
    const start = this.offset;
    const level = this.levels.at(-1);
    if (level) level.valueExpected = false;
    const character = this.latin1[start];
    if (character === undefined)
      throw unexpectedEnd(this.bytes, this.place(start), level?.kind === 'Array' ? level : 'entries');
    if (character === '{') return this.open('Object', 'START_OBJECT');
    if (character === '[') return this.open('Array', 'START_ARRAY');
    if (character === '"') {
      const reading = readStringLiteral(this.bytes, start);
      this.unreadString = start;
      this.at('VALUE_STRING', start);
      if ('end' in reading) {
        this.value = reading.text;
        this.unreadString = undefined;
        this.offset = reading.end;
      }
      return 'VALUE_STRING';
    }
    return this.nextScalar(start);
  }

  private nextScalar(start: number): Token {
    NUMBER.lastIndex = start;
    const number = NUMBER.exec(this.latin1)?.[0];
    if (number !== undefined) {
      this.offset = start + number.length;
      this.refuseBadNumber(number);
      this.value = new JsonNumber(number);
      return this.at('VALUE_NUMBER', start);
    }
    WORD.lastIndex = start;
    const word = WORD.exec(this.latin1)?.[0];
    if (word === undefined) throw this.unexpectedValue(start);
    const end = start + word.length;
    const literal = LITERALS.get(word);
    if (literal) {
      this.offset = end;
      this.value = literal.value;
      return this.at(literal.token, start);
    }
    if (word === 'NaN' || word === 'Infinity') {
      const problem = `Non-standard token '${word}': enable \`JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS\` to allow`;
      throw this.failure(problem, end);
    }
    const problem =
      `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' ` +
      "or 'false')";
    throw this.failure(problem, this.bytes[end] === undefined ? end : end + 1);
  }

  private refuseBadNumber(number: string): void {
    const problem = numberProblem(number, this.latin1.slice(this.offset, this.offset + 2));
    if (!problem) return;
    this.offset += problem.skipped;
    throw problem.namesCharacter ? this.unexpectedInNumber(problem.text) : this.failure(problem.text, this.offset);
  }

  private unexpectedValue(start: number): SandboxError {
    const character = this.latin1[start];
    if (character === '-') {
      this.offset += 1;
      return this.unexpectedInNumber('expected digit (0-9) to follow minus sign, for valid numeric value');
    }
    if (character === '+') return this.failure(LEADING_PLUS, start + 1);
    if (character === '}' || character === ']' || character === ',') return this.unexpected('expected a value');
    return this.unexpected(
      "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    );
  }

  private unexpectedInNumber(rule: string): SandboxError {
    const code = this.bytes[this.offset];
    if (code === undefined) return unexpectedEnd(this.bytes, this.place(this.offset), 'entries');
    return this.failure(
      `Unexpected character ('${String.fromCharCode(code)}' (code ${code})) in numeric value: ${rule}`,
      this.offset,
    );
  }

  private open(kind: 'Object' | 'Array', token: Token): Token {
    if (this.levels.length >= MAX_DEPTH) throw nestingTooDeep(this.levels.length + 1, MAX_DEPTH);
    const location = this.place(this.offset);
    this.levels.push({ kind, location, names: new Set(), name: null, count: 0, valueExpected: false });
    this.at(token, this.offset);
    this.offset += 1;
    return token;
  }

  private close(token: Token): Token {
    this.levels.pop();
    this.at(token, this.offset);
    this.offset += 1;
    return token;
  }

  private finishString(start: number, part: 'string' | 'name'): string {
    const reading = readStringLiteral(this.bytes, start);
    if ('endOfInput' in reading) throw unexpectedEnd(this.bytes, this.place(reading.endOfInput), part);
    if ('problem' in reading) throw this.failure(reading.problem, reading.offset);
    this.offset = reading.end;
    return reading.text;
  }

  private skipBlanks(): void {
    for (;;) {
      const character = this.latin1[this.offset];
      if (character === '\n') {
        this.offset += 1;
        this.line += 1;
        this.lineStart = this.offset;
      } else if (character === ' ' || character === '\t' || character === '\r') {
        this.offset += 1;
      } else if (character === '/' && (this.latin1[this.offset + 1] === '*' || this.latin1[this.offset + 1] === '/')) {
        this.skipComment(this.latin1[this.offset + 1] === '*');
      } else {
        return;
      }
    }
  }

  private skipComment(isBlock: boolean): void {
    const end = this.latin1.indexOf(isBlock ? '*/' : '\n', this.offset + 2);
    const stop = end < 0 ? this.latin1.length : isBlock ? end + 2 : end;
    const breaks = [...this.latin1.slice(this.offset, stop).matchAll(/\n/g)];
    this.line += breaks.length;
    const last = breaks.at(-1);
    if (last) this.lineStart = this.offset + last.index + 1;
    this.offset = stop;
  }

  private expect(character: string, expectation: string): void {
    if (!this.byteIs(character)) throw this.unexpected(expectation);
    this.offset += 1;
    this.skipBlanks();
  }

  private byteIs(character: string): boolean {
    return this.latin1[this.offset] === character;
  }

  private unexpected(expectation: string): SandboxError {
    const level = this.levels.at(-1);
    const code = this.bytes[this.offset];
    if (code === undefined)
      return unexpectedEnd(this.bytes, this.place(this.offset), level?.kind === 'Array' ? level : 'entries');
    return this.failure(
      `Unexpected character ('${String.fromCharCode(code)}' (code ${code})): ${expectation}`,
      this.offset,
    );
  }

  private failure(problem: string, offset: number): SandboxError {
    return malformedJson(this.bytes, this.place(offset), problem);
  }

  private at(token: Token, offset: number): Token {
    this.token = token;
    this.location = this.place(offset);
    return token;
  }

  private place(offset: number): JsonLocation {
    return { line: this.line, column: offset - this.lineStart + 1 };
  }
}
