import { illegalArgument, SandboxError } from '../errors.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { parseObject, type Field, type Fields } from '../json/object-parser.js';
import { localPrivileges, parseIndexPrivileges } from '../roles/parse-index-privileges.js';
import { EMPTY_ROLE, type IndexPrivileges, type RoleDescriptors } from '../roles/role-descriptor.js';
import { CROSS_CLUSTER_ROLE } from './api-key.js';

/** What a cross-cluster key opens to another cluster. */
export interface Access {
  readonly search: readonly IndexPrivileges[];
  readonly replication: readonly IndexPrivileges[];
}

type AccessBody = { -readonly [K in keyof Access]?: Access[K] };

const PARSER = 'cross_cluster_api_key_request_access';
const SEARCH_PRIVILEGES = ['read', 'read_cross_cluster', 'view_index_metadata'];
const REPLICATION_PRIVILEGES = ['cross_cluster_replication', 'cross_cluster_replication_internal'];

const FIELDS: Fields<AccessBody> = new Map([
  ['search', entriesField('search', SEARCH_PRIVILEGES)],
  ['replication', entriesField('replication', REPLICATION_PRIVILEGES)],
]);

/** The member `access` of a request. */
export function accessField<T>(assign: (target: T, access: Access) => void): Field<T> {
  return {
    tokens: ['START_OBJECT'],
    read: (scanner, target) => {
      const body = parseObject(scanner, PARSER, FIELDS, {});
      assign(target, { search: body.search ?? [], replication: body.replication ?? [] });
    },
  };
}

/** The role an access stands for. */
export function accessRoles({ search, replication }: Access): RoleDescriptors {
  if (search.length === 0 && replication.length === 0) {
    throw illegalArgument('must specify non-empty access for either [search] or [replication]');
  }
  if (replication.some(isGuarded))
    throw illegalArgument('replication does not support document or field level security');
  if (replication.length > 0 && search.some(isGuarded)) {
    throw illegalArgument('search does not support document or field level security if replication is assigned');
  }
  const cluster = [
    ...(search.length > 0 ? ['cross_cluster_search', 'monitor_enrich'] : []),
    ...(replication.length > 0 ? ['cross_cluster_replication'] : []),
  ];
  return new Map([[CROSS_CLUSTER_ROLE, { ...EMPTY_ROLE, cluster, indices: [...search, ...replication] }]]);
}

/** The member `certificate_identity`: a regular expression, in which only what is left open is found. */
export function readCertificateIdentity(scanner: JsonScanner): string {
  const text = scanner.text();
  const problem = patternProblem(text);
  if (!problem) return text;
  const { description, index } = problem;
  const mark = index < text.length ? `\n${' '.repeat(index)}^` : '';
  throw illegalArgument(
    `Invalid certificate_identity format: [${text}]. Must be a valid regex.`,
    new SandboxError('pattern_syntax_exception', `${description} near index ${index}\n${text}${mark}`, 400),
  );
}

function patternProblem(text: string): { description: string; index: number } | undefined {
  if (/^[*+?]/.test(text)) return { description: `Dangling meta character '${text[0]}'`, index: 0 };
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (text.startsWith('\\Q', index)) {
      const end = text.indexOf('\\E', index);
      index = end < 0 ? text.length : end + 1;
    } else if (character === '\\') {
      if (index === text.length - 1) return { description: 'Unescaped trailing backslash', index: text.length };
      index += 1;
    } else if (character === '[') {
      const end = text.indexOf(']', index + 2);
      if (end < 0) return { description: 'Unclosed character class', index: text.length - 1 };
      index = end;
    } else if (character === '(') {
      depth += 1;
    } else if (character === ')' && depth-- === 0) {
      return { description: "Unmatched closing ')'", index: index - 1 };
    }
  }
  return depth > 0 ? { description: 'Unclosed group', index: text.length } : undefined;
}

function entriesField(name: 'search' | 'replication', privileges: readonly string[]): Field<AccessBody> {
  return {
    tokens: ['START_ARRAY', 'START_OBJECT'],
    read: (scanner, target) => {
      const rules = { role: CROSS_CLUSTER_ROLE, isRemote: false, fixedPrivileges: privileges };
      const entries: IndexPrivileges[] = [];
      if (scanner.token === 'START_OBJECT') {
        entries.push(localPrivileges(parseIndexPrivileges(scanner, rules)));
      } else {
        while (scanner.next() !== 'END_ARRAY') entries.push(localPrivileges(parseIndexPrivileges(scanner, rules)));
      }
      target[name] = entries;
    },
  };
}

function isGuarded(entry: IndexPrivileges): boolean {
  return entry.query !== undefined || entry.fieldSecurity !== undefined;
}
