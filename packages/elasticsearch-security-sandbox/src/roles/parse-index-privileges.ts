import { illegalArgument, parseException, SandboxError } from '../errors.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { writeJson } from '../json/json-writer.js';
import { covers } from '../privileges/patterns.js';
import type { FieldSecurity, IndexPrivileges, RemoteIndexPrivileges } from './role-descriptor.js';

/** What one entry of `indices`, `remote_indices` or `access.search` may hold. */
export interface IndexEntryRules {
  readonly role: string;
  readonly isRemote: boolean;
  /** Given when the privileges are fixed and must not be in the body. */
  readonly fixedPrivileges?: readonly string[];
}

interface Entry {
  names?: string[];
  privileges?: string[];
  clusters?: string[];
  query?: string;
  fieldSecurity?: FieldSecurity;
  allowRestrictedIndices: boolean;
}

/** Reads a list of index privileges. */
export function parseIndexPrivilegesList(scanner: JsonScanner, rules: IndexEntryRules): RemoteIndexPrivileges[] {
  if (scanner.token !== 'START_ARRAY') {
    const kind = rules.isRemote ? 'remote indices' : 'indices';
    throw parseException(
      `failed to parse ${kind} privileges for role [${rules.role}]. expected field [${scanner.name}] value to ` +
        `be an array, but found [${scanner.token}] instead`,
    );
  }
  const list: RemoteIndexPrivileges[] = [];
  while (scanner.next() !== 'END_ARRAY') list.push(parseIndexPrivileges(scanner, rules));
  return list;
}

/** Reads one entry of index privileges. */
export function parseIndexPrivileges(scanner: JsonScanner, rules: IndexEntryRules): RemoteIndexPrivileges {
  const fail = failures('indices privileges', rules.role);
  if (scanner.token !== 'START_OBJECT') {
    throw fail(
      `expected field [${scanner.name}] value to be an array of objects, but found an array element of type ` +
        `[${scanner.token}]`,
    );
  }
  const entry: Entry = { allowRestrictedIndices: false };
  while (scanner.next() !== 'END_OBJECT') {
    scanner.next();
    readMember(scanner, entry, rules, fail);
  }
  return finish(entry, rules, fail);
}

/** Reads a list of strings the strict way roles do. */
export function readStrictStrings(scanner: JsonScanner, allowNull: boolean): string[] | undefined {
  const prefix = `could not parse [${scanner.name}] field. expected a string array but `;
  if (scanner.token === 'VALUE_NULL') {
    if (allowNull) return undefined;
    throw parseException(`${prefix}found null value instead`);
  }
  if (scanner.token !== 'START_ARRAY') throw parseException(`${prefix}found [${scanner.token}] value instead`);
  const list: string[] = [];
  for (const token of scanner.elements()) {
    if (token !== 'VALUE_STRING') {
      throw parseException(
        `could not parse [${scanner.name}] field. expected a string array but one of the value in the array is ` +
          `[${token}]`,
      );
    }
    list.push(scanner.text());
  }
  return list;
}

/** Reads a list of strings of a role and names the role when it is none. */
export function readRoleStrings(scanner: JsonScanner, role: string, allowNull = true): string[] | undefined {
  try {
    return readStrictStrings(scanner, allowNull);
  } catch (error) {
    if (error instanceof SandboxError && error.type === 'parse_exception')
      throw parseException(`failed to parse role [${role}]`, error);
    throw error;
  }
}

function readMember(
  scanner: JsonScanner,
  entry: Entry,
  rules: IndexEntryRules,
  fail: (text: string) => SandboxError,
): void {
  const { name, token } = scanner;
  switch (name) {
    case 'names':
      entry.names = readNames(scanner, rules.role, fail);
      return;
    case 'clusters':
      if (!rules.isRemote) break;
      entry.clusters = readRoleStrings(scanner, rules.role, false) ?? [];
      return;
    case 'privileges': {
      if (rules.fixedPrivileges) throw fail('field [privileges] must not present');
      const privileges = readRoleStrings(scanner, rules.role);
      if (privileges) entry.privileges = privileges;
      return;
    }
    case 'allow_restricted_indices':
      if (token !== 'VALUE_BOOLEAN') {
        throw fail(`expected field [${name}] value to be a boolean, but found [${token}] instead`);
      }
      entry.allowRestrictedIndices = scanner.text() === 'true';
      return;
    case 'query':
      readQuery(scanner, entry, fail);
      return;
    case 'field_security':
      entry.fieldSecurity = readFieldSecurity(scanner, rules.role, fail);
      return;
    default:
  }
  throw fail(`unexpected field [${name}]`);
}

function readNames(scanner: JsonScanner, role: string, fail: (text: string) => SandboxError): string[] {
  if (scanner.token === 'VALUE_STRING') return [scanner.text()];
  if (scanner.token !== 'START_ARRAY') {
    throw fail(
      `expected field [${scanner.name}] value to be a string or an array of strings, but found ` +
        `[${scanner.token}] instead`,
    );
  }
  const names = readRoleStrings(scanner, role, false) ?? [];
  if (names.length === 0) throw fail('[names] cannot be an empty array');
  return names;
}

function readQuery(scanner: JsonScanner, entry: Entry, fail: (text: string) => SandboxError): void {
  if (scanner.token === 'START_OBJECT') {
    entry.query = writeJson(scanner.readValue());
  } else if (scanner.token === 'VALUE_STRING') {
    if (scanner.text() !== '') entry.query = scanner.text();
  } else if (scanner.token !== 'VALUE_NULL') {
    throw fail(
      `expected field [query] value to be null, a string, an array, or an object, but found [${scanner.token}] instead`,
    );
  }
}

function readFieldSecurity(scanner: JsonScanner, role: string, fail: (text: string) => SandboxError): FieldSecurity {
  if (scanner.token !== 'START_OBJECT')
    throw fail(`expected START_OBJECT but got ${scanner.token} in "field_security".`);
  let grant: string[] | undefined;
  let except: string[] | undefined;
  while (scanner.next() !== 'END_OBJECT') {
    if (scanner.name !== 'grant' && scanner.name !== 'except') {
      throw fail(`"field_security" only accepts options grant and except, but got: ${scanner.name}`);
    }
    const isGrant = scanner.name === 'grant';
    scanner.next();
    const fields = readRoleStrings(scanner, role);
    if (!fields) throw fail(`${isGrant ? 'grant' : 'except'} must not be null.`);
    if (isGrant) grant = fields;
    else except = fields;
  }
  if (grant === undefined && except === undefined) throw fail('"field_security" must not be empty.');
  return { grant, except };
}

function finish(entry: Entry, rules: IndexEntryRules, fail: (text: string) => SandboxError): RemoteIndexPrivileges {
  if (!entry.names) throw fail('missing required [names] field');
  const privileges = rules.fixedPrivileges ?? entry.privileges;
  if (!privileges) throw fail('missing required [privileges] field');
  if (entry.fieldSecurity) checkFieldSecurity(entry.fieldSecurity, rules.role, fail);
  if (rules.isRemote && !entry.clusters)
    throw failures('remote indices privileges', rules.role)('missing required [clusters] field');
  if (privileges.length === 0) throw illegalArgument('indices privileges must define at least one privilege');
  return {
    names: entry.names,
    privileges,
    fieldSecurity: entry.fieldSecurity,
    query: entry.query,
    allowRestrictedIndices: entry.allowRestrictedIndices,
    clusters: entry.clusters ?? [],
  };
}

function checkFieldSecurity(
  { grant, except }: FieldSecurity,
  role: string,
  fail: (text: string) => SandboxError,
): void {
  if (!except) return;
  if (!grant) throw fail('field_security requires grant if except is given');
  if (except.every((field) => grant.some((pattern) => covers(pattern, field)))) return;
  const reason =
    `Exceptions for field permissions must be a subset of the granted fields but ${except.join(',')} is not a ` +
    `subset of ${grant.join(',')}`;
  throw parseException(
    `failed to parse indices privileges for role [${role}] - ${reason}`,
    new SandboxError('security_exception', reason, 400),
  );
}

function failures(subject: string, role: string): (text: string) => SandboxError {
  return (text) => parseException(`failed to parse ${subject} for role [${role}]. ${text}`);
}

/** The index privileges without what only remote ones have. */
export function localPrivileges({
  names,
  privileges,
  fieldSecurity,
  query,
  allowRestrictedIndices,
}: IndexPrivileges): IndexPrivileges {
  return { names, privileges, fieldSecurity, query, allowRestrictedIndices };
}
