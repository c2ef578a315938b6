import { illegalArgument, SandboxError } from '../errors.js';
import { didYouMean } from '../suggestions.js';
import { xContentParseException } from './json-failure.js';
import type { JsonScanner, Token } from './json-scanner.js';
import { isJsonObject, type JsonObject } from './json-value.js';

/** How a member of an object is read, and from which tokens. */
export interface Field<T> {
  readonly tokens: readonly Token[];
  read(scanner: JsonScanner, target: T): void;
}

/** The members an object may have. */
export type Fields<T> = ReadonlyMap<string, Field<T>>;

const STRING: readonly Token[] = ['VALUE_STRING'];

/** Reads the object at the current token into `target`; unknown members and wrong types are refused by place. */
export function parseObject<T>(scanner: JsonScanner, parser: string, fields: Fields<T>, target: T): T {
  if (scanner.token !== 'START_OBJECT') {
    throw xContentParseException(scanner.location, `[${parser}] Expected START_OBJECT but was: ${scanner.token}`);
  }
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    const { location } = scanner;
    const field = fields.get(name);
    const token = scanner.next();
    if (!field)
      throw xContentParseException(location, `[${parser}] unknown field [${name}]${didYouMean(name, fields.keys())}`);
    if (!field.tokens.includes(token)) {
      throw xContentParseException(scanner.location, `[${parser}] ${name} doesn't support values of type: ${token}`);
    }
    withinField(scanner, parser, name, () => field.read(scanner, target));
  }
  return target;
}

/** Reads the object a body holds. */
export function parseBody<T>(scanner: JsonScanner, parser: string, fields: Fields<T>, target: T): T {
  startBody(scanner, parser);
  return parseObject(scanner, parser, fields, target);
}

/** Moves to the first token of a body; one of blanks only has none. */
export function startBody(scanner: JsonScanner, parser: string): void {
  if (scanner.isBlank)
    throw xContentParseException({ line: 1, column: 0 }, `[${parser}] Expected START_OBJECT but was: null`);
  scanner.next();
}

/** Says of a failure in which field it happened. */
export function withinField<R>(scanner: JsonScanner, parser: string, name: string, action: () => R): R {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    throw xContentParseException(scanner.location, `[${parser}] failed to parse field [${name}]`, error);
  }
}

/** Refuses an object without its required members. */
export function requireFields(missing: readonly string[]): void {
  if (missing.length > 0) throw illegalArgument(`Required [${missing.join(', ')}]`);
}

/** Says of a failure that it happened when the parsed object was put together. */
export function building<R>(parser: string, action: () => R): R {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    throw xContentParseException(undefined, `Failed to build [${parser}] after last required field arrived`, error);
  }
}

/** A string member. */
export function stringField<T>(assign: (target: T, value: string) => void): Field<T> {
  return { tokens: STRING, read: (scanner, target) => assign(target, scanner.text()) };
}

/** A string member that may be null. */
export function nullableStringField<T>(assign: (target: T, value: string | null) => void): Field<T> {
  return {
    tokens: ['VALUE_STRING', 'VALUE_NULL'],
    read: (scanner, target) => assign(target, scanner.token === 'VALUE_NULL' ? null : scanner.text()),
  };
}

/** A member that takes a list of strings or one string; numbers and booleans in the list count as their text. */
export function stringListField<T>(assign: (target: T, value: string[]) => void): Field<T> {
  return {
    tokens: ['START_ARRAY', 'VALUE_STRING'],
    read: (scanner, target) => assign(target, readStringList(scanner)),
  };
}

/** A member that takes any JSON object. */
export function objectField<T>(assign: (target: T, value: JsonObject) => void): Field<T> {
  return {
    tokens: ['START_OBJECT'],
    read: (scanner, target) => {
      const value = scanner.readValue();
      if (isJsonObject(value)) assign(target, value);
    },
  };
}

/** A boolean member, also as the text `true` or `false`. */
export function booleanField<T>(assign: (target: T, value: boolean) => void): Field<T> {
  return {
    tokens: ['VALUE_BOOLEAN', 'VALUE_STRING'],
    read: (scanner, target) => {
      const text = scanner.text();
      if (text !== 'true' && text !== 'false') {
        throw illegalArgument(`Failed to parse value [${text}] as only [true] or [false] are allowed.`);
      }
      assign(target, text === 'true');
    },
  };
}

function readStringList(scanner: JsonScanner): string[] {
  if (scanner.token === 'VALUE_STRING') return [scanner.text()];
  const list: string[] = [];
  for (const token of scanner.elements()) {
    if (token === 'VALUE_STRING' || token === 'VALUE_NUMBER' || token === 'VALUE_BOOLEAN') {
      list.push(scanner.text());
    } else {
      const { line, column } = scanner.location;
      if (token === 'START_ARRAY')
        throw new SandboxError('illegal_state_exception', `expected value but got [${token}]`, 400);
      throw illegalArgument(`Expected text at ${line}:${column} but found ${token}`);
    }
  }
  return list;
}
