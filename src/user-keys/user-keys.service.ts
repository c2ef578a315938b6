import { Injectable } from '@nestjs/common';
import { toTimeValue } from '../api-keys/expiration.js';
import { Idempotency } from '../api-keys/idempotency.service.js';
import { KeyLocks } from '../api-keys/key-locks.js';
import { kindOf, routeOf } from '../api-keys/key-kind.js';
import { etagOf, statusOf, toKey, type Key } from '../api-keys/key-model.js';
import { KeyReader } from '../api-keys/key-reader.service.js';
import { formatSecret, type KeySecret } from '../api-keys/secret-formats.js';
import { Settings } from '../config/settings.js';
import type { JsonRecord } from '../elasticsearch/answer-shape.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { CreatedKey, ElasticsearchKey, RefreshPolicy } from '../elasticsearch/elasticsearch-types.js';
import { invalidField, ServiceError } from '../errors/service-error.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import type { CreateUserKeyBody, UpdateUserKeyBody } from './user-keys.dto.js';

export interface CreateOptions {
  refresh?: RefreshPolicy;
  idempotencyKey?: string;
}

/** Creates and updates user keys. Reading and invalidating are the same for all kinds (`api-keys`). */
@Injectable()
export class UserKeysService {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly reader: KeyReader,
    private readonly locks: KeyLocks,
    private readonly idempotency: Idempotency,
    private readonly settings: Settings,
  ) {}

  /** Sent to Elasticsearch once. The only answer that holds the secret. */
  async create(caller: AuthorizedCaller, body: CreateUserKeyBody, { refresh = this.settings.createRefresh, idempotencyKey }: CreateOptions): Promise<{ key: Key; secret: KeySecret }> {
    refuseManaged(body.name, body.metadata);
    const expiration = toTimeValue(body.expiration, Date.now(), { maxLifetime: this.settings.maxKeyLifetime, required: this.settings.requireKeyExpiration });
    return this.idempotency.once(idempotencyKey, caller.caller, 'user-keys.create', body, async () => {
      const created = await this.gateway.createKey(caller.credential, createRequest(body, expiration), refresh);
      return { key: await this.describe(caller, created, body, refresh), secret: formatSecret(created, body.formats ?? []) };
    });
  }

  /** @throws ServiceError `key.not-found`, `key.managed`, `key.wrong-type`, `key.not-owner`, `key.invalidated`, `key.expired`, `request.precondition-failed`. */
  async update(caller: AuthorizedCaller, id: string, body: UpdateUserKeyBody, ifMatch?: string): Promise<{ updated: boolean; key: Key }> {
    const now = Date.now();
    const expiration = body.expiration === undefined ? undefined : toTimeValue(body.expiration, now, { maxLifetime: this.settings.maxKeyLifetime });
    return this.locks.run([id], async () => {
      const present = await this.reader.require(caller, 'user', id);
      refuseManaged(present.name, body.metadata);
      requireMatch(present, ifMatch);
      requireActive(present, Date.now());
      const updated = await this.write(caller, id, updateRequest(body, expiration));
      return { updated, key: updated ? await this.reader.get(caller, 'user', id) : toKey(present, Date.now()) };
    });
  }

  private async write(caller: AuthorizedCaller, id: string, request: JsonRecord): Promise<boolean> {
    try {
      return await this.gateway.updateKey(caller.credential, id, request);
    } catch (error) {
      // The key was there a moment ago: Elasticsearch says 404 to everybody but its owner.
      if (error instanceof ServiceError && error.code === 'key.not-found') throw await this.notOwner(caller, id);
      throw error;
    }
  }

  private async notOwner(caller: AuthorizedCaller, id: string): Promise<ServiceError> {
    const { username, realm } = await this.reader.require(caller, 'user', id);
    return new ServiceError('key.not-owner', `Only its owner can update this key: ${username} of realm ${realm}.`, { members: { owner: { username, realm } } });
  }

  /** Read back, since Elasticsearch normalises descriptors and sets the times; the secret is answered even if that fails. */
  private async describe(caller: AuthorizedCaller, created: CreatedKey, body: CreateUserKeyBody, refresh: RefreshPolicy): Promise<Key> {
    if (refresh !== 'false') {
      try {
        return await this.reader.get(caller, 'user', created.id);
      } catch {
        // Falls through to what is known without reading.
      }
    }
    return toKey(presumed(caller, created, body), Date.now());
  }
}

function createRequest({ name, role_descriptors, metadata }: CreateUserKeyBody, expiration?: string): JsonRecord {
  return {
    name,
    ...(expiration !== undefined && { expiration }),
    ...(role_descriptors !== undefined && { role_descriptors }),
    ...(metadata !== undefined && { metadata }),
  };
}

function updateRequest({ role_descriptors, metadata }: UpdateUserKeyBody, expiration?: string): JsonRecord {
  return {
    ...(role_descriptors !== undefined && { role_descriptors }),
    ...(metadata !== undefined && { metadata }),
    ...(expiration !== undefined && { expiration }),
  };
}

/** A user key must not turn into a managed one, nor be made as one, through these routes. */
function refuseManaged(name: string, metadata?: JsonRecord): void {
  if (kindOf({ name, ...(metadata && { metadata }) }) !== 'managed') return;
  const pointer = kindOf({ name }) === 'managed' ? '/name' : '/metadata/managed';
  throw invalidField(pointer, 'key.would-be-managed', `this marks a key as managed by software; such keys are made at ${routeOf('managed')}`);
}

function requireMatch(key: ElasticsearchKey, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === '*') return;
  const present = etagOf(toKey(key, Date.now()));
  if (!ifMatch.split(',').some((tag) => tag.trim() === present)) {
    throw new ServiceError('request.precondition-failed', 'The key is no longer in the state that If-Match names.', { headers: { etag: present } });
  }
}

function requireActive(key: ElasticsearchKey, now: number): void {
  const status = statusOf(key, now);
  if (status === 'invalidated') throw new ServiceError('key.invalidated', 'The key has been invalidated and cannot be changed.');
  if (status === 'expired') throw new ServiceError('key.expired', 'The key has expired and cannot be changed.');
}

function presumed({ caller }: AuthorizedCaller, created: CreatedKey, body: CreateUserKeyBody): ElasticsearchKey {
  return {
    id: created.id,
    name: created.name,
    type: 'rest',
    creation: Date.now(),
    ...(created.expiration !== undefined && { expiration: created.expiration }),
    invalidated: false,
    username: caller.username,
    realm: caller.realm.name,
    realm_type: caller.realm.type,
    metadata: body.metadata ?? {},
    role_descriptors: body.role_descriptors ?? {},
  };
}
