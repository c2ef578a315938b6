import { toMilliseconds } from '../config/duration.js';
import type { Caller } from '../identity/caller.js';
import { isRawJson } from '../json/exact-json.js';
import { CLUSTER_PRIVILEGES, type ClusterPrivileges } from '../operations/cluster-privileges.js';
import { expectArray, expectBoolean, expectNumber, expectRecord, expectString, expectStrings } from './answer-shape.js';
import { isRecord, stringAt, type JsonRecord } from '../json/json-record.js';
import type {
  CreatedKey,
  ElasticsearchInfo,
  ElasticsearchKey,
  ElasticsearchLicense,
  InvalidationResult,
  KeyPage,
  RefreshPolicy,
} from './elasticsearch-types.js';
import { asCreatedKey } from './created-key.js';
import type { ElasticsearchClock } from './elasticsearch-clock.js';
import type { UpstreamCredential } from './credential.js';
import { invalidationBody } from './invalidation-body.js';
import { pathSegment } from './path-segment.js';
import { readLicense } from './license-reading.js';
import type { Upstream, UpstreamRequest } from './upstream.js';

export interface GatewayTimeouts {
  privilegesMs: number;
  actionMs: number;
}

const HAS_PRIVILEGES_BODY = { cluster: CLUSTER_PRIVILEGES };
const KEYS_PATH = '/_security/api_key';
const CROSS_CLUSTER_PATH = '/_security/cross_cluster/api_key';

/**
 * Elasticsearch's API-key endpoints. Every method says with whose credential it is called; the client below has none of
 * its own. All methods throw ServiceError.
 */
export class ApiKeyEndpoints<Credential extends UpstreamCredential> {
  constructor(
    private readonly upstream: Upstream,
    private readonly timeouts: GatewayTimeouts,
    private readonly clock: ElasticsearchClock,
  ) {}

  async hasPrivileges(credential: Credential): Promise<ClusterPrivileges> {
    const answer = expectRecord(
      await this.upstream.call({
        endpoint: 'has_privileges',
        method: 'POST',
        path: '/_security/user/_has_privileges',
        body: HAS_PRIVILEGES_BODY,
        credential,
        timeoutMs: this.timeouts.privilegesMs,
        retry: true,
      }),
      'has_privileges',
    );
    const cluster = expectRecord(answer['cluster'], 'has_privileges.cluster');
    return Object.fromEntries(
      CLUSTER_PRIVILEGES.map((name) => [name, expectBoolean(cluster, name, 'has_privileges.cluster')]),
    ) as ClusterPrivileges;
  }

  async authenticate(credential: Credential): Promise<Caller> {
    const answer = await this.read('authenticate', '/_security/_authenticate', credential, this.timeouts.privilegesMs);
    const realm = expectRecord(answer['authentication_realm'], 'authenticate.authentication_realm');
    const apiKey = answer['api_key'];
    return {
      username: expectString(answer, 'username', 'authenticate'),
      realm: {
        name: expectString(realm, 'name', 'authenticate.realm'),
        type: expectString(realm, 'type', 'authenticate.realm'),
      },
      authenticationType: expectString(answer, 'authentication_type', 'authenticate'),
      ...(isRecord(apiKey) && {
        apiKey: { id: expectString(apiKey, 'id', 'authenticate.api_key'), name: stringAt(apiKey, 'name') },
      }),
    };
  }

  license(credential: Credential): Promise<ElasticsearchLicense> {
    return readLicense(this.upstream, credential, this.timeouts.privilegesMs);
  }

  async info(credential: Credential): Promise<ElasticsearchInfo> {
    const version = expectRecord(
      (await this.read('info', '/', credential, this.timeouts.privilegesMs))['version'],
      'info.version',
    );
    return {
      version: expectString(version, 'number', 'info.version'),
      flavor: stringAt(version, 'build_flavor') ?? 'default',
    };
  }

  /** Keys that match; a caller with only `manage_own_api_key` silently gets its own alone. */
  async queryKeys(
    credential: Credential,
    body: JsonRecord,
    options: { withLimitedBy?: boolean } = {},
  ): Promise<KeyPage> {
    const sentAt = performance.now();
    const asksTime = this.clock.isStale;
    const answer = expectRecord(
      await this.upstream.call({
        endpoint: 'query_api_keys',
        method: 'POST',
        path: '/_security/_query/api_key',
        ...(options.withLimitedBy && { query: { with_limited_by: 'true' } }),
        body: asksTime ? askingTime(body) : body,
        credential,
        timeoutMs: this.timeouts.actionMs,
        retry: true,
      }),
      'query',
    );
    const { [TIME_AGGREGATION]: time, ...aggregations } = isRecord(answer['aggregations'])
      ? answer['aggregations']
      : {};
    if (asksTime) this.readTime(timeIn(time), sentAt);
    return {
      total: expectNumber(answer, 'total', 'query'),
      keys: expectArray(answer, 'api_keys', 'query').map(asKey),
      aggregations,
    };
  }

  /** Sent once. The answer holds the secret. */
  async createKey(credential: Credential, body: JsonRecord, refresh: RefreshPolicy): Promise<CreatedKey> {
    return this.create({
      endpoint: 'create_api_key',
      method: 'POST',
      path: KEYS_PATH,
      query: { refresh },
      body,
      credential,
    });
  }

  /**
   * Makes a key with the owner, role descriptors and owner snapshot of the one whose secret is in the body; 9.4 and
   * later (`feature.not-available`). `SecretRefused` when Elasticsearch does not accept that secret. Sent once.
   * `expiration` last: 9.4.0 swallows the field after a null.
   */
  async cloneKey(credential: Credential, { expiration, ...body }: JsonRecord): Promise<CreatedKey> {
    return this.create({
      endpoint: 'clone_api_key',
      method: 'POST',
      path: `${KEYS_PATH}/clone`,
      query: { refresh: 'true' },
      body: { ...body, ...(expiration !== undefined && { expiration }) },
      credential,
    });
  }

  /** Sent once. Elasticsearch answers when the key can be listed, after about a second. */
  async createCrossClusterKey(credential: Credential, body: JsonRecord): Promise<CreatedKey> {
    return this.create({
      endpoint: 'create_cross_cluster_api_key',
      method: 'POST',
      path: CROSS_CLUSTER_PATH,
      body,
      credential,
    });
  }

  /** @returns whether anything changed. `key.not-found` also when the caller is not the owner. */
  updateKey(credential: Credential, id: string, body: JsonRecord): Promise<boolean> {
    return this.update('update_api_key', `${KEYS_PATH}/${pathSegment(id)}`, credential, body);
  }

  /** As `updateKey`. */
  updateCrossClusterKey(credential: Credential, id: string, body: JsonRecord): Promise<boolean> {
    return this.update('update_cross_cluster_api_key', `${CROSS_CLUSTER_PATH}/${pathSegment(id)}`, credential, body);
  }

  /**
   * Invalidates exactly the given keys, of the caller's own only when `ownOnly`. Unknown and already invalidated ids
   * are in none of the lists.
   */
  async invalidateKeys(credential: Credential, ids: readonly string[], ownOnly: boolean): Promise<InvalidationResult> {
    const answer = expectRecord(
      await this.write({
        endpoint: 'invalidate_api_key',
        method: 'DELETE',
        path: KEYS_PATH,
        body: invalidationBody(ids, ownOnly),
        credential,
      }),
      'invalidate',
    );
    const details = answer['error_details'];
    return {
      invalidated: expectStrings(answer, 'invalidated_api_keys', 'invalidate'),
      previouslyInvalidated: expectStrings(answer, 'previously_invalidated_api_keys', 'invalidate'),
      errors: Array.isArray(details) ? details.filter(isRecord).map((detail) => stringAt(detail, 'reason') ?? '') : [],
    };
  }

  private async update(endpoint: string, path: string, credential: Credential, body: JsonRecord): Promise<boolean> {
    return expectBoolean(
      expectRecord(await this.write({ endpoint, method: 'PUT', path, body, credential }), 'update'),
      'updated',
      'update',
    );
  }

  private async create(request: Omit<UpstreamRequest, 'timeoutMs' | 'retry'>): Promise<CreatedKey> {
    const sentAt = performance.now();
    const created = asCreatedKey(await this.write(request));
    const life = isRecord(request.body) ? stringAt(request.body, 'expiration') : undefined;
    const lifeMs = life === undefined ? undefined : toMilliseconds(life);
    if (lifeMs !== undefined && created.expiration !== undefined) this.readTime(created.expiration - lifeMs, sentAt);
    return created;
  }

  private readTime(elasticsearchMs: number | undefined, sentAt: number): void {
    if (elasticsearchMs !== undefined) this.clock.read({ elasticsearchMs, sentAt, receivedAt: performance.now() });
  }

  private write(request: Omit<UpstreamRequest, 'timeoutMs' | 'retry'>): Promise<unknown> {
    return this.upstream.call({ ...request, timeoutMs: this.timeouts.actionMs, retry: false });
  }

  private async read(endpoint: string, path: string, credential: Credential, timeoutMs: number): Promise<JsonRecord> {
    return expectRecord(
      await this.upstream.call({ endpoint, method: 'GET', path, credential, timeoutMs, retry: true }),
      endpoint,
    );
  }
}

/** Its bounds come back as Elasticsearch resolved them; counts of no interest. */
const TIME_AGGREGATION = 'elasticsearch_time';

function askingTime(body: JsonRecord): JsonRecord {
  const time = { date_range: { field: 'creation', ranges: [{ from: 'now' }] } };
  return { ...body, aggs: { ...(isRecord(body['aggs']) && body['aggs']), [TIME_AGGREGATION]: time } };
}

/** @returns undefined where Elasticsearch found no keys, and so made no aggregation. */
function timeIn(aggregation: unknown): number | undefined {
  const buckets = isRecord(aggregation) ? aggregation['buckets'] : undefined;
  const bucket: unknown = Array.isArray(buckets) ? buckets[0] : undefined;
  const from = isRecord(bucket) ? bucket['from'] : undefined;
  return typeof from === 'number' ? from : undefined;
}

function asKey(value: unknown): ElasticsearchKey {
  const key = expectRecord(value, 'api_key');
  expectString(key, 'id', 'api_key');
  expectString(key, 'username', 'api_key');
  expectString(key, 'realm', 'api_key');
  expectNumber(key, 'creation', 'api_key');
  expectBoolean(key, 'invalidated', 'api_key');
  const type = key['type'] === 'cross_cluster' ? 'cross_cluster' : 'rest';
  return {
    ...(key as unknown as ElasticsearchKey),
    // Elasticsearch takes ends so far away that a double cannot hold them; to the millisecond nobody needs them.
    ...(isRawJson(key['expiration']) && { expiration: Number(key['expiration'].rawJSON) }),
    type,
    name: stringAt(key, 'name') ?? '',
    metadata: isRecord(key['metadata']) ? key['metadata'] : {},
    role_descriptors: isRecord(key['role_descriptors']) ? key['role_descriptors'] : {},
  };
}
