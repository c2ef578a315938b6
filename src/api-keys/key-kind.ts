import type { JsonRecord } from '../elasticsearch/answer-shape.js';
import type { ElasticsearchKey } from '../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../errors/service-error.js';

export const KEY_KINDS = ['user', 'cross_cluster', 'managed'] as const;

export type KeyKind = (typeof KEY_KINDS)[number];

const ROUTES: Record<KeyKind, string> = {
  user: '/v1/user-keys',
  cross_cluster: '/v1/cross-cluster-keys',
  managed: '/v1/managed-keys',
};

/** The names that Kibana gives to keys of its alerting rules; its own app knows them by this prefix. */
const MANAGED_NAME_PREFIX = 'Alerting: ';

/** The part of a key that decides its kind. */
export interface KindInput {
  type?: 'rest' | 'cross_cluster';
  name: string;
  metadata?: JsonRecord;
}

/** One rule for lists, guards and facets; `kindQuery` says the same in Elasticsearch's words. */
export function kindOf({ type, name, metadata }: KindInput): KeyKind {
  if (type === 'cross_cluster') return 'cross_cluster';
  return isManaged(name, metadata) ? 'managed' : 'user';
}

/** Elasticsearch indexes metadata values as keywords, so `true` and `"true"` are the same to a query, and so to us. */
function isManaged(name: string, metadata: JsonRecord = {}): boolean {
  const { managed } = metadata;
  return managed === true || managed === 'true' || name.startsWith(MANAGED_NAME_PREFIX);
}

const MANAGED_QUERY = {
  bool: {
    should: [{ term: { 'metadata.managed': 'true' } }, { prefix: { name: MANAGED_NAME_PREFIX } }],
    minimum_should_match: 1,
  },
};

/** Filter for `_query/api_key` that matches exactly the keys of a kind. */
export function kindQuery(kind: KeyKind): JsonRecord {
  if (kind === 'cross_cluster') return { term: { type: 'cross_cluster' } };
  const rest = { term: { type: 'rest' } };
  return kind === 'managed' ? { bool: { filter: [rest, MANAGED_QUERY] } } : { bool: { filter: [rest], must_not: [MANAGED_QUERY] } };
}

/** Where keys of a kind are served. */
export function routeOf(kind: KeyKind, id?: string): string {
  return id === undefined ? ROUTES[kind] : `${ROUTES[kind]}/${id}`;
}

/** The 409 for a key that is asked for among keys of another kind; says where it is. */
export function wrongKind(key: ElasticsearchKey, wanted: KeyKind): ServiceError {
  const kind = kindOf(key);
  const route = routeOf(kind, key.id);
  if (kind === 'managed') {
    return new ServiceError('key.managed', `This key is managed by software and cannot be used through ${routeOf(wanted)}; see ${route}.`, { members: { see: route } });
  }
  const words = kind === 'cross_cluster' ? 'a cross-cluster key' : 'a user key';
  return new ServiceError('key.wrong-type', `This is ${words}; its route is ${route}.`, { members: { see: route } });
}
