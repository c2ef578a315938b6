import { Injectable } from '@nestjs/common';
import { audited, AuditedSecret, type Audited } from '../audit/audited.js';
import { newKeyDone, takeBack } from '../keys/ending/take-back.js';
import { expirationPolicy, toTimeValue } from '../keys/writing/expiration.js';
import { Idempotency, type Once } from '../keys/writing/idempotency.service.js';
import { changeRequest } from '../keys/fields/key-changes.dto.js';
import { KeyKinds, routeOf } from '../keys/model/key-kind.js';
import { toKey, type Key } from '../keys/model/key-model.js';
import { KeyReader } from '../keys/reading/key-reader.service.js';
import { KeyUpdater, type KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import { presumedKey } from '../keys/model/presumed-key.js';
import { formatSecret, type KeySecret } from '../keys/model/secret-formats.js';
import { keepServiceMetadata, newMetadata, type ServiceMetadata } from '../keys/model/service-metadata.js';
import { Settings } from '../config/settings.js';
import type { JsonRecord } from '../json/json-record.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { CreatedKey, RefreshPolicy } from '../elasticsearch/elasticsearch-types.js';
import { invalidField } from '../errors/service-error.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import type { CreateUserKeyBody, UpdateUserKeyBody } from './user-keys.dto.js';

export interface CreatedUserKey {
  key: Key;
  secret: KeySecret;
}

export interface CreateOptions {
  refresh?: RefreshPolicy;
  idempotencyKey?: string;
}

/** Creates and updates user keys. Reading and invalidating are the same for all kinds (`src/keys`). */
@Injectable()
export class UserKeysService {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly reader: KeyReader,
    private readonly kinds: KeyKinds,
    private readonly updater: KeyUpdater,
    private readonly idempotency: Idempotency,
    private readonly settings: Settings,
  ) {}

  /** Sent to Elasticsearch once. The only answer that holds the secret. */
  create(caller: AuthorizedCaller, body: CreateUserKeyBody, options: CreateOptions): AuditedSecret<CreatedUserKey> {
    return new AuditedSecret({ keyIds: [] }, async () => {
      const { made, undo } = await this.make(caller, body, options);
      return newKeyDone(made, undo);
    });
  }

  /** @throws as `KeyUpdater.update`, and `request.invalid`. */
  update(caller: AuthorizedCaller, id: string, body: UpdateUserKeyBody, ifMatch?: string): Audited<KeyUpdateResult> {
    return audited({ keyIds: [id] }, () => this.change(caller, id, body, ifMatch));
  }

  private async make(
    caller: AuthorizedCaller,
    body: CreateUserKeyBody,
    { refresh = this.settings.createRefresh, idempotencyKey }: CreateOptions,
  ): Promise<Once<CreatedUserKey>> {
    this.refuseManaged(caller, body.name, body.metadata);
    const expiration = toTimeValue(body.expiration, Date.now(), expirationPolicy(this.settings));
    return this.idempotency.once(caller, {
      idempotencyKey,
      operation: 'user-keys.create',
      body,
      work: async (mark) => {
        const request = createRequest(body, expiration, mark);
        const created = await this.gateway.createKey(caller.credential, request, refresh);
        return {
          key: await this.describe(caller, created, body, refresh),
          secret: formatSecret(created, body.formats ?? []),
        };
      },
      takeBack: ({ key }) => takeBack(this.gateway, caller, key.id),
    });
  }

  private async change(
    caller: AuthorizedCaller,
    id: string,
    body: UpdateUserKeyBody,
    ifMatch: string | undefined,
  ): Promise<KeyUpdateResult> {
    const expiration =
      body.expiration === undefined
        ? undefined
        : toTimeValue(body.expiration, Date.now(), expirationPolicy(this.settings));
    return this.updater.update(caller, {
      kind: 'user',
      id,
      ...(ifMatch !== undefined && { ifMatch }),
      write: (present) => {
        this.refuseManaged(caller, present.name, body.metadata);
        return this.gateway.updateKey(
          caller.credential,
          id,
          changeRequest(body, (given) => keepServiceMetadata(given, present.metadata), expiration),
        );
      },
    });
  }

  /** A user key must not turn into a managed one, nor be made as one, through these routes. */
  private refuseManaged({ caller }: AuthorizedCaller, name: string, metadata?: JsonRecord): void {
    const owner = { username: caller.username, realm: caller.realm.name };
    if (this.kinds.kindOf({ name, metadata, ...owner }) !== 'managed') return;
    const pointer =
      this.kinds.kindOf({ name, ...owner }) === 'managed'
        ? '/name'
        : metadata !== undefined && 'managed' in metadata
          ? '/metadata/managed'
          : '/metadata';
    throw invalidField(
      pointer,
      'key.would-be-managed',
      `this marks a key as managed by software; such keys are made at ${routeOf('managed')}`,
    );
  }

  /**
   * Read back, since Elasticsearch normalises descriptors and sets the times; the secret is answered even if that
   * fails.
   */
  private async describe(
    caller: AuthorizedCaller,
    created: CreatedKey,
    body: CreateUserKeyBody,
    refresh: RefreshPolicy,
  ): Promise<Key> {
    if (refresh !== 'false') {
      try {
        return await this.reader.get(caller, 'user', created.id);
      } catch {
        // Falls through to what is known without reading.
      }
    }
    return toKey(
      presumedKey(created, caller.caller, {
        metadata: body.metadata ?? {},
        role_descriptors: body.role_descriptors ?? {},
      }),
      this.kinds,
    );
  }
}

function createRequest(
  { name, role_descriptors, metadata }: CreateUserKeyBody,
  expiration: string | undefined,
  mark: ServiceMetadata,
): JsonRecord {
  return {
    name,
    ...(expiration !== undefined && { expiration }),
    ...(role_descriptors !== undefined && { role_descriptors }),
    ...newMetadata(metadata, mark),
  };
}
