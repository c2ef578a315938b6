import { Injectable } from '@nestjs/common';
import type { ManagerRule } from '../../config/managed-keys-policy.js';
import { isRecord, type JsonRecord } from '../../json/json-record.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';

export const KEY_KINDS = ['user', 'cross_cluster', 'managed'] as const;

export type KeyKind = (typeof KEY_KINDS)[number];

/** Who manages a key, and what its loss breaks. */
export interface Manager {
  label: string;
  owner: string;
  consequence: string;
}

const ROUTES: Record<KeyKind, string> = {
  user: '/v1/user-keys',
  cross_cluster: '/v1/cross-cluster-keys',
  managed: '/v1/managed-keys',
};

/** The names that Kibana gives to keys of its alerting rules; its own app knows them by this prefix. */
const KIBANA_ALERTING: ManagerRule = {
  label: 'Kibana alerting',
  owner: 'Kibana',
  consequence:
    'The alerting rules that run with this key stop, until somebody who may edit them updates their API key in Kibana.',
  match: { name_prefix: 'Alerting: ' },
};

/** What any software may say of its keys; the last rule, so that a more telling one comes first. */
const MARKED: ManagerRule = {
  label: 'Managed by software',
  owner: 'unknown',
  consequence: 'The software that made this key and keeps it loses its access.',
  match: { metadata: { managed: 'true' } },
};

/** The part of a key that decides its kind. */
export interface KindInput {
  type?: 'rest' | 'cross_cluster';
  name: string;
  metadata?: JsonRecord;
  username?: string;
  realm?: string;
}

/**
 * One rule set for lists, guards and facets: what it tells of one key and the query it makes for Elasticsearch say the
 * same. Metadata values are indexed as keywords, so `true` and `"true"` are the same to a query, and so here.
 */
@Injectable()
export class KeyKinds {
  private readonly rules: readonly ManagerRule[];

  /** @param configured an operator's rules; they come before the built-in ones. */
  constructor(configured: readonly ManagerRule[] = []) {
    this.rules = [...configured, KIBANA_ALERTING, MARKED];
  }

  kindOf(key: KindInput): KeyKind {
    if (key.type === 'cross_cluster') return 'cross_cluster';
    return this.rules.some((rule) => matches(rule, key)) ? 'managed' : 'user';
  }

  /**
   * The manager by the first rule that matches; `metadata.managed_by` and `metadata.owner` name it where no special
   * rule does.
   */
  managerOf(key: KindInput): Manager | undefined {
    const rule = this.rules.find((candidate) => matches(candidate, key));
    if (rule === undefined) return undefined;
    const { label, owner, consequence } = rule;
    if (rule !== MARKED) return { label, owner, consequence };
    const purpose = textAt(key.metadata, 'purpose');
    return {
      label: textAt(key.metadata, 'managed_by') ?? label,
      owner: textAt(key.metadata, 'owner') ?? owner,
      consequence: purpose === undefined ? consequence : `It is there for: ${purpose}. ${consequence}`,
    };
  }

  /** Filter for `_query/api_key` that matches exactly the keys of a kind. */
  query(kind: KeyKind): JsonRecord {
    if (kind === 'cross_cluster') return { term: { type: 'cross_cluster' } };
    const rest = { term: { type: 'rest' } };
    const managed = { bool: { should: this.rules.map(ruleQuery), minimum_should_match: 1 } };
    return kind === 'managed'
      ? { bool: { filter: [rest, managed] } }
      : { bool: { filter: [rest], must_not: [managed] } };
  }

  /** Filter for the managed keys of a manager, by its label: those of rules with that label, or marked with it. */
  managerQuery(label: string): JsonRecord {
    const marked = this.decidedBy(MARKED, { term: { 'metadata.managed_by': label } });
    return {
      bool: {
        should: [...(this.labels.includes(label) ? [this.ruleQueryOf(label)] : []), marked],
        minimum_should_match: 1,
      },
    };
  }

  /** The labels of the configured rules and of those built in, the catch-all last. */
  get labels(): string[] {
    return [...new Set(this.rules.map(({ label }) => label))];
  }

  /** Filter for the keys that rules with this label decide, whatever they say of themselves. */
  ruleQueryOf(label: string): JsonRecord {
    const should = this.rules.filter((rule) => rule.label === label).map((rule) => this.decidedBy(rule));
    if (should.length === 0) throw new Error(`no rule has the label ${label}`);
    return { bool: { should, minimum_should_match: 1 } };
  }

  /** The first rule that matches decides. */
  private decidedBy(rule: ManagerRule, ...also: readonly JsonRecord[]): JsonRecord {
    return {
      bool: {
        filter: [ruleQuery(rule), ...also],
        must_not: this.rules.slice(0, this.rules.indexOf(rule)).map(ruleQuery),
      },
    };
  }

  /** The 409 for a key that is asked for among keys of another kind; says where it is. */
  wrongKind(key: ElasticsearchKey, wanted: KeyKind): ServiceError {
    const kind = this.kindOf(key);
    const route = routeOf(kind, key.id);
    const manager = kind === 'managed' ? this.managerOf(key) : undefined;
    if (manager !== undefined) {
      return new ServiceError(
        'key.managed',
        `This key is managed by software (${manager.label}) and cannot be used through ${routeOf(wanted)}; ` +
          `see ${route}.`,
        { members: { see: route, manager } },
      );
    }
    const words = kind === 'cross_cluster' ? 'a cross-cluster key' : 'a user key';
    return new ServiceError('key.wrong-type', `This is ${words}; its route is ${route}.`, { members: { see: route } });
  }
}

/** Where keys of a kind are served. */
export function routeOf(kind: KeyKind, id?: string): string {
  return id === undefined ? ROUTES[kind] : `${ROUTES[kind]}/${id}`;
}

function matches({ match }: ManagerRule, key: KindInput): boolean {
  const { name_prefix: prefix, metadata = {}, username, realm } = match;
  return (
    (prefix === undefined || key.name.startsWith(prefix)) &&
    (username === undefined || key.username === username) &&
    (realm === undefined || key.realm === realm) &&
    Object.entries(metadata).every(([path, value]) => leavesOf(key.metadata, path).includes(value))
  );
}

/**
 * Values at a path as Elasticsearch's flattened field indexes them: as text, every item of a list, and `a.b` also where
 * `b` stands within `a`.
 */
function leavesOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, path));
  if (path === '')
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === path) return leavesOf(inner, '');
    return path.startsWith(`${name}.`) ? leavesOf(inner, path.slice(name.length + 1)) : [];
  });
}

function ruleQuery({ match }: ManagerRule): JsonRecord {
  const { name_prefix: prefix, metadata = {}, username, realm } = match;
  return {
    bool: {
      filter: [
        ...(prefix === undefined ? [] : [{ prefix: { name: prefix } }]),
        ...(username === undefined ? [] : [{ term: { username } }]),
        ...(realm === undefined ? [] : [{ term: { realm_name: realm } }]),
        ...Object.entries(metadata).map(([name, value]) => ({ term: { [`metadata.${name}`]: value } })),
      ],
    },
  };
}

function textAt(metadata: JsonRecord | undefined, name: string): string | undefined {
  const value = isRecord(metadata) ? metadata[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
