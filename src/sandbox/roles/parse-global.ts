import { xContentParseException } from '../json/json-failure.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { emptyObject, type JsonObject, type JsonValue } from '../json/json-value.js';

const FIRST_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['application', ['manage']],
  ['profile', ['write']],
  ['role', ['manage']],
]);

/** Reads `global`; it comes back with every category filled in. What is inside an operation is not checked further. */
export function parseGlobalPrivileges(scanner: JsonScanner, isNine: boolean): JsonObject {
  const categories = [...FIRST_FIELDS.keys(), ...(isNine ? ['data_source'] : [])];
  expectObject(scanner);
  const given = new Map<string, JsonValue>();
  while (scanner.next() !== 'END_OBJECT') {
    const category = scanner.name ?? '';
    if (!categories.includes(category)) throw fail(scanner, `expected one of [${categories.join(',')}] but found [${category}] instead`);
    scanner.next();
    given.set(category, category === 'data_source' ? scanner.readValue() : readCategory(scanner, FIRST_FIELDS.get(category) ?? []));
  }
  const privileges: JsonObject = emptyObject();
  for (const category of categories) privileges[category] = given.get(category) ?? (category === 'data_source' ? [] : {});
  return privileges;
}

function readCategory(scanner: JsonScanner, operations: readonly string[]): JsonObject {
  expectObject(scanner);
  const category: JsonObject = emptyObject();
  while (scanner.next() !== 'END_OBJECT') {
    const operation = scanner.name ?? '';
    if (!operations.includes(operation)) throw fail(scanner, `expected field name [${operations[0]}] but found [${operation}] instead`);
    scanner.next();
    expectObject(scanner);
    category[operation] = scanner.readValue();
  }
  return category;
}

function expectObject(scanner: JsonScanner): void {
  if (scanner.token !== 'START_OBJECT') throw fail(scanner, `expected [START_OBJECT] but found [${scanner.token}] instead`);
}

function fail(scanner: JsonScanner, text: string): Error {
  return xContentParseException(scanner.location, `failed to parse privilege. ${text}`);
}
