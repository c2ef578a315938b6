import { illegalArgument, parseException, SandboxError, validationFailed } from '../errors.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';
import {
  parseObject,
  stringField,
  stringListField,
  withinField,
  type Field,
  type Fields,
} from '../json/object-parser.js';
import { REMOTE_CLUSTER_PRIVILEGES } from '../privileges/names.js';
import { parseGlobalPrivileges } from './parse-global.js';
import {
  localPrivileges,
  parseIndexPrivilegesList,
  readRoleStrings,
  readStrictStrings,
} from './parse-index-privileges.js';
import {
  EMPTY_ROLE,
  type ApplicationPrivileges,
  type RemoteClusterPrivileges,
  type RoleDescriptor,
  type RoleDescriptors,
} from './role-descriptor.js';

const ROLE_NAME = /^(?! )[\x20-\x7e]{1,1024}(?<! )$/;
const ROLE_NAME_RULE =
  'Role names must be at least 1 and no more than 1024 characters. They can contain alphanumeric characters ' +
  '(a-z, A-Z, 0-9), spaces, punctuation, and printable symbols in the Basic Latin (ASCII) block. Leading or ' +
  'trailing whitespace is not allowed.';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How a role may be written where it is read. */
export interface RoleRules {
  readonly isNine: boolean;
  readonly allowDescription: boolean;
}

/** The member `role_descriptors` of a request. */
export function roleDescriptorsField<T>(
  isNine: boolean,
  assign: (target: T, roles: RoleDescriptors) => void,
): Field<T> {
  return {
    tokens: ['START_OBJECT', 'START_ARRAY'],
    read: (scanner, target) => {
      if (scanner.token === 'START_ARRAY') {
        throw illegalArgument("[role_descriptors] doesn't support arrays. Use a single object with multiple fields.");
      }
      const roles = new Map<string, RoleDescriptor>();
      while (scanner.next() !== 'END_OBJECT') {
        const name = scanner.name ?? '';
        scanner.next();
        const rules = { isNine, allowDescription: false };
        roles.set(
          name,
          withinField(scanner, 'role_descriptors', name, () => parseNamedRole(scanner, name, rules)),
        );
      }
      assign(target, roles);
    },
  };
}

/** Reads the role at the current token; refuses a name roles cannot have. */
export function parseNamedRole(scanner: JsonScanner, name: string, rules: RoleRules): RoleDescriptor {
  if (!ROLE_NAME.test(name)) throw validationFailed([ROLE_NAME_RULE], 'validation_exception');
  return parseRole(scanner, name, rules);
}

function parseRole(scanner: JsonScanner, role: string, rules: RoleRules): RoleDescriptor {
  if (scanner.token !== 'START_OBJECT') {
    throw parseException(`failed to parse role [${role}]. expected an object but found [${scanner.token}] instead`);
  }
  const descriptor: Mutable<RoleDescriptor> = { ...EMPTY_ROLE };
  while (scanner.next() !== 'END_OBJECT') {
    scanner.next();
    readMember(scanner, role, descriptor, rules);
  }
  return descriptor;
}

function readMember(scanner: JsonScanner, role: string, descriptor: Mutable<RoleDescriptor>, rules: RoleRules): void {
  const { name, token } = scanner;
  switch (name) {
    case 'index':
    case 'indices':
      descriptor.indices = parseIndexPrivilegesList(scanner, { role, isRemote: false }).map(localPrivileges);
      return;
    case 'remote_indices':
      descriptor.remoteIndices = parseIndexPrivilegesList(scanner, { role, isRemote: true });
      return;
    case 'cluster':
      descriptor.cluster = readRoleStrings(scanner, role) ?? [];
      return;
    case 'run_as':
      descriptor.runAs = readRoleStrings(scanner, role) ?? [];
      return;
    case 'application':
    case 'applications':
      descriptor.applications = parseApplications(scanner, role);
      return;
    case 'remote_cluster':
      descriptor.remoteCluster = readRemoteCluster(scanner, role);
      return;
    case 'restriction':
      descriptor.workflows = readRestriction(scanner, role);
      return;
    case 'global':
      descriptor.global = parseGlobalPrivileges(scanner, rules.isNine);
      return;
    // What it says is of no use and never was.
    case 'type':
      scanner.readValue();
      return;
    case 'metadata':
      descriptor.metadata = readMetadata(scanner);
      return;
    case 'transient_metadata':
      if (token !== 'START_OBJECT') break;
      scanner.readValue();
      return;
    case 'description':
      if (!rules.allowDescription || token !== 'VALUE_STRING') break;
      descriptor.description = scanner.text();
      return;
    default:
  }
  throw parseException(`failed to parse role [${role}]. unexpected field [${name}]`);
}

function readMetadata(scanner: JsonScanner): JsonObject {
  const { token } = scanner;
  const value = token === 'START_OBJECT' ? scanner.readValue() : null;
  if (!isJsonObject(value))
    throw parseException(`expected field [metadata] to be of type object, but found [${token}] instead`);
  return value;
}

interface ApplicationEntry {
  application?: string;
  privileges?: string[];
  resources?: string[];
}

const APPLICATION_FIELDS: Fields<ApplicationEntry> = new Map([
  ['application', stringField((entry: ApplicationEntry, value) => void (entry.application = value))],
  ['privileges', stringListField((entry: ApplicationEntry, value) => void (entry.privileges = value))],
  ['resources', stringListField((entry: ApplicationEntry, value) => void (entry.resources = value))],
]);

/** Reads a list of application privileges. */
export function parseApplications(scanner: JsonScanner, role: string): ApplicationPrivileges[] {
  const fail = failures('application privileges', role);
  return readList(scanner, fail, () => {
    const entry = parseObject(scanner, 'application', APPLICATION_FIELDS, {});
    if (!entry.resources) throw fail('missing required [resources] field');
    if (!entry.privileges) throw fail('missing required [privileges] field');
    if (!entry.application) throw illegalArgument('application privileges must have an application name');
    if (entry.privileges.length === 0)
      throw illegalArgument('application privileges must define at least one privilege');
    if (entry.resources.length === 0)
      throw illegalArgument('application privileges must refer to at least one resource');
    return { application: entry.application, privileges: entry.privileges, resources: entry.resources };
  });
}

function readRemoteCluster(scanner: JsonScanner, role: string): RemoteClusterPrivileges[] {
  const fail = failures('remote_cluster', role);
  if (scanner.token !== 'START_ARRAY') {
    throw fail(`expected field [${scanner.name}] value to be an array, but found [${scanner.token}] instead`);
  }
  const groups: RemoteClusterPrivileges[] = [];
  let isEmpty = true;
  for (const token of scanner.elements()) {
    // The parser of Elasticsearch trips over these.
    if (token !== 'START_OBJECT') throw new SandboxError('null_pointer_exception', 'fieldName cannot be null', 400);
    isEmpty = false;
    const group = readRemoteClusterGroup(scanner, role, fail);
    if (group) groups.push(group);
  }
  if (groups.length === 0 && !isEmpty) throw illegalArgument('remote cluster groups must not be null or empty');
  return groups;
}

function readRemoteClusterGroup(
  scanner: JsonScanner,
  role: string,
  fail: (text: string) => SandboxError,
): RemoteClusterPrivileges | undefined {
  let clusters: string[] | undefined;
  let privileges: string[] | undefined;
  while (scanner.next() !== 'END_OBJECT') {
    const { name } = scanner;
    scanner.next();
    if (name === 'privileges') {
      privileges = readRoleStrings(scanner, role, false) ?? [];
      if (!privileges.every((privilege) => REMOTE_CLUSTER_PRIVILEGES.includes(privilege))) {
        throw fail(
          `[${REMOTE_CLUSTER_PRIVILEGES.join(', ')}] are the only values allowed for [privileges] within ` +
            `[remote_cluster]. Found [${privileges.join(', ')}]`,
        );
      }
    } else if (name === 'clusters') {
      clusters = readRoleStrings(scanner, role, false) ?? [];
    } else {
      throw fail(`unexpected field [${name}]`);
    }
  }
  if (!privileges && !clusters) return undefined;
  if (!privileges) throw fail('[privileges] must be defined when [clusters] are defined ');
  if (!clusters) throw fail('[clusters] must be defined when [privileges] are defined ');
  if (privileges.length === 0 || clusters.length === 0)
    throw illegalArgument('remote cluster groups must not be null or empty');
  if (clusters.includes('')) {
    throw illegalArgument(
      `remote_cluster clusters aliases must contain valid non-empty, non-null values [${clusters.join(', ')}]`,
    );
  }
  return { privileges, clusters };
}

function readRestriction(scanner: JsonScanner, role: string): readonly string[] | undefined {
  const fail = failures('restriction', role);
  if (scanner.token !== 'START_OBJECT') {
    throw fail(
      `expected field [${scanner.name}] value to be an object, but found an element of type [${scanner.token}]`,
    );
  }
  let workflows: string[] | undefined;
  while (scanner.next() !== 'END_OBJECT') {
    const { name } = scanner;
    scanner.next();
    if (name !== 'workflows') throw fail(`unexpected field [${name}]`);
    workflows = readWorkflows(scanner, fail);
  }
  if (workflows?.length === 0) throw fail('[workflows] cannot be an empty array');
  return workflows;
}

function readWorkflows(scanner: JsonScanner, fail: (text: string, cause?: SandboxError) => SandboxError): string[] {
  try {
    return readStrictStrings(scanner, false) ?? [];
  } catch (error) {
    if (error instanceof SandboxError && error.type === 'parse_exception') throw fail(error.reason, error);
    throw error;
  }
}

function readList<R>(scanner: JsonScanner, fail: (text: string) => SandboxError, readEntry: () => R): R[] {
  if (scanner.token !== 'START_ARRAY') {
    throw fail(`expected field [${scanner.name}] value to be an array, but found [${scanner.token}] instead`);
  }
  const list: R[] = [];
  for (const token of scanner.elements()) {
    if (token !== 'START_OBJECT') {
      throw fail(
        `expected field [null] value to be an array of objects, but found an array element of type [${token}]`,
      );
    }
    list.push(readEntry());
  }
  return list;
}

function failures(subject: string, role: string): (text: string, cause?: SandboxError) => SandboxError {
  return (text, cause) => parseException(`failed to parse ${subject} for role [${role}]. ${text}`, cause);
}
