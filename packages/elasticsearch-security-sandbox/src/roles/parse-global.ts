import { xContentParseException } from '../json/json-failure.js';
import type { JsonScanner, Token } from '../json/json-scanner.js';
import { emptyObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import { readStrictStrings } from './parse-index-privileges.js';

/** The operation of a category and the member it has. */
const OPERATIONS: ReadonlyMap<string, { operation: string; member: string }> = new Map([
  ['application', { operation: 'manage', member: 'applications' }],
  ['profile', { operation: 'write', member: 'applications' }],
  ['role', { operation: 'manage', member: 'indices' }],
]);

/** Reads `global`; it comes back with every category filled in. */
export function parseGlobalPrivileges(scanner: JsonScanner, isNine: boolean): JsonObject {
  const categories = [...OPERATIONS.keys(), ...(isNine ? ['data_source'] : [])];
  expectToken(scanner, 'START_OBJECT');
  const given = new Map<string, JsonValue>();
  while (scanner.next() !== 'END_OBJECT') {
    const category = scanner.name ?? '';
    if (!categories.includes(category))
      throw fail(scanner, `expected one of [${categories.join(',')}] but found [${category}] instead`);
    scanner.next();
    given.set(category, readCategory(scanner, category));
  }
  const privileges: JsonObject = emptyObject();
  for (const category of categories)
    privileges[category] = given.get(category) ?? (category === 'data_source' ? [] : {});
  return privileges;
}

function readCategory(scanner: JsonScanner, category: string): JsonValue {
  const rule = OPERATIONS.get(category);
  if (!rule) {
    expectToken(scanner, 'START_ARRAY');
    return scanner.readValue();
  }
  const { operation, member } = rule;
  expectToken(scanner, 'START_OBJECT');
  if (scanner.next() === 'END_OBJECT') return {};
  expectField(scanner, operation);
  scanner.next();
  expectToken(scanner, 'START_OBJECT');
  scanner.next();
  expectToken(scanner, 'FIELD_NAME');
  expectField(scanner, member);
  scanner.next();
  expectToken(scanner, 'START_ARRAY');
  const list = member === 'applications' ? readStrictStrings(scanner, false) : readIndices(scanner);
  scanner.next();
  expectToken(scanner, 'END_OBJECT');
  scanner.next();
  expectToken(scanner, 'END_OBJECT');
  return { [operation]: { [member]: list } };
}

function readIndices(scanner: JsonScanner): JsonValue[] {
  const entries: JsonValue[] = [];
  for (const token of scanner.elements()) {
    if (token !== 'START_OBJECT') throw fail(scanner, `expected [START_OBJECT] but found [${token}] instead`);
    const entry: JsonObject = emptyObject();
    for (const member of ['names', 'privileges']) {
      scanner.next();
      expectToken(scanner, 'FIELD_NAME');
      expectField(scanner, member);
      scanner.next();
      entry[member] = readStrictStrings(scanner, false);
    }
    scanner.next();
    expectToken(scanner, 'END_OBJECT');
    entries.push(entry);
  }
  return entries;
}

function expectToken(scanner: JsonScanner, token: Token): void {
  if (scanner.token !== token) throw fail(scanner, `expected [${token}] but found [${scanner.token}] instead`);
}

function expectField(scanner: JsonScanner, name: string): void {
  if (scanner.name !== name) throw fail(scanner, `expected field name [${name}] but found [${scanner.name}] instead`);
}

function fail(scanner: JsonScanner, text: string): Error {
  return xContentParseException(scanner.location, `failed to parse privilege. ${text}`);
}
