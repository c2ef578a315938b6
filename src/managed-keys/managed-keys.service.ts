import { Injectable } from '@nestjs/common';
import { expirationPolicy, longestLifeS, toTimeValue } from '../keys/writing/expiration.js';
import { Idempotency } from '../keys/writing/idempotency.service.js';
import { changeRequest } from '../keys/fields/key-changes.dto.js';
import { doneTo, KeyInvalidator, type InvalidationVerdict } from '../keys/ending/key-invalidator.service.js';
import { newKeyDone, takeBack } from '../keys/ending/take-back.js';
import { KeyKinds } from '../keys/model/key-kind.js';
import { toKey, type Key } from '../keys/model/key-model.js';
import { isOwner } from '../keys/model/key-owner.js';
import { KeyReader, type KeyList } from '../keys/reading/key-reader.service.js';
import { KeyUpdater, type KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import { presumedKey } from '../keys/model/presumed-key.js';
import { formatSecret, type KeySecret } from '../keys/model/secret-formats.js';
import {
  newMetadata,
  SERVICE_METADATA,
  serviceMetadataOf,
  type ServiceMetadata,
} from '../keys/model/service-metadata.js';
import { audited, AuditedSecret, type Audited } from '../audit/audited.js';
import { OPERATIONS } from '../operations/operations.js';
import { Settings } from '../config/settings.js';
import { isRecord, type JsonRecord } from '../json/json-record.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { CreatedKey, ElasticsearchKey } from '../elasticsearch/elasticsearch-types.js';
import { invalidField, ServiceError } from '../errors/service-error.js';
import type { Caller } from '../identity/caller.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { templateDigest } from './service-owned/key-templates.js';
import { managedKeyFilters } from './managed-key-filters.js';
import { ManagedKeyFinder } from './managed-key-finder.js';
import type {
  CreateManagedKeyBody,
  InvalidateManagedKeyBody,
  InvalidateManagedKeysBody,
  ManagedKeyListQuery,
  UpdateManagedKeyBody,
} from './managed-keys.dto.js';
import { keepMarks, markedMetadata } from './marks.js';
import type { ActingService } from './service-owned/acting-service.js';
import { ServiceAuthority } from './service-owned/service-authority.js';
import { ServiceKeys } from './service-owned/service-keys.js';

export interface CreatedManagedKey {
  key: Key;
  secret: KeySecret;
}

/** What is sent to make a key, by whom it is made, and who will own it. */
interface Draft {
  request: JsonRecord;
  send: (request: JsonRecord) => Promise<CreatedKey>;
  owner: () => Promise<Caller>;
  /** Ends the new key when its secret cannot be answered. @returns its id when it may live on. */
  takeBack: (id: string) => Promise<string | undefined>;
}

/** Creates, changes and ends keys that software owns. */
@Injectable()
export class ManagedKeysService {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly reader: KeyReader,
    private readonly finder: ManagedKeyFinder,
    private readonly kinds: KeyKinds,
    private readonly updater: KeyUpdater,
    private readonly invalidator: KeyInvalidator,
    private readonly idempotency: Idempotency,
    private readonly authority: ServiceAuthority,
    private readonly serviceKeys: ServiceKeys,
    private readonly settings: Settings,
  ) {}

  /**
   * Sent to Elasticsearch once. The only answer that holds the secret.
   *
   * @throws as `ServiceAuthority` when the service is to make it.
   */
  create(
    caller: AuthorizedCaller,
    body: CreateManagedKeyBody,
    idempotencyKey?: string,
  ): AuditedSecret<CreatedManagedKey> {
    return new AuditedSecret({ keyIds: [] }, async () => {
      const { made, undo } = await this.idempotency.once(caller, {
        idempotencyKey,
        operation: 'managed-keys.create',
        body,
        work: async (mark) => {
          const draft = await this.draft(caller, body, mark);
          const created = await draft.send(draft.request);
          const key = await this.describe(caller, created, draft);
          return { key, secret: formatSecret(created, body.formats ?? []), by: draft };
        },
        takeBack: ({ key, by }) => by.takeBack(key.id),
      });
      const { by: _draft, ...answer } = made;
      return newKeyDone(answer, undo);
    });
  }

  list(caller: AuthorizedCaller, query: ManagedKeyListQuery): Promise<KeyList> {
    return this.reader.list(caller, { kind: 'managed', filters: managedKeyFilters(this.kinds) }, query);
  }

  async get(caller: AuthorizedCaller, id: string, withLimitedBy: boolean): Promise<Key> {
    return toKey(await this.finder.require(caller, id, { withLimitedBy }), this.kinds);
  }

  /** @throws as `KeyUpdater.update`, `key.confirmation-mismatch`, `key.leased`. */
  update(caller: AuthorizedCaller, id: string, body: UpdateManagedKeyBody, ifMatch?: string): Audited<KeyUpdateResult> {
    return audited({ keyIds: [id], reason: body.reason }, () => this.change(caller, id, body, ifMatch));
  }

  private async change(
    caller: AuthorizedCaller,
    id: string,
    body: UpdateManagedKeyBody,
    ifMatch: string | undefined,
  ): Promise<KeyUpdateResult> {
    const expiration =
      body.expiration === undefined
        ? undefined
        : toTimeValue(body.expiration, Date.now(), expirationPolicy(this.settings));
    return this.updater.update(caller, {
      kind: 'managed',
      id,
      ...(ifMatch !== undefined && { ifMatch }),
      write: async (present) => {
        requireConfirmation(present, body.confirm);
        refuseLeased(present);
        const request = changeRequest(
          body,
          (given) => this.stillManaged(present, keepMarks(given, present.metadata)),
          expiration,
        );
        if (isOwner(caller.caller, present) || !(await this.serviceKeys.owns(present)))
          return this.gateway.updateKey(caller.credential, id, request);
        // A template does not do: what it allows is fixed in it, and this would change it.
        const service = await this.authority.asManager(caller);
        refuseFullPrivileges(request);
        return service.update(id, request);
      },
    });
  }

  /** @throws ServiceError `request.invalid` when these metadata would take the key out of its protection. */
  private stillManaged(present: ElasticsearchKey, metadata: JsonRecord): JsonRecord {
    if (this.kinds.kindOf({ ...present, metadata }) === 'managed') return metadata;
    throw invalidField(
      '/metadata',
      'metadata.mark',
      `would take the key out of its protection: the rule of ${this.kinds.managerOf(present)?.label} no longer matches`,
    );
  }

  /** @param named in the body or the query. @throws as `KeyInvalidator.invalidateOne`, `key.confirmation-mismatch`. */
  invalidateOne(caller: AuthorizedCaller, id: string, { confirm, reason }: InvalidateManagedKeyBody): Audited<void> {
    return audited({ keyIds: [id], reason }, async () => {
      if (confirm === undefined)
        throw invalidField('/confirm', 'field.invalid', 'must be the name of the key; here or as query parameter');
      if (reason === undefined)
        throw invalidField('/reason', 'field.invalid', 'must say why; here or as query parameter');
      await this.invalidator.invalidateOne(caller, 'managed', id, OPERATIONS['managed-keys.invalidate'], (key) =>
        requireConfirmation(key, confirm),
      );
    });
  }

  /** Each id gets a verdict; a batch in which any is refused changes nothing unless that is allowed. */
  invalidateMany(
    caller: AuthorizedCaller,
    { ids, confirm, reason, allow_partial: allowPartial = false }: InvalidateManagedKeysBody,
  ): Audited<InvalidationVerdict> {
    const rules = {
      check: (key: ElasticsearchKey) => requireConfirmation(key, confirm[key.id]),
      allOrNothing: !allowPartial,
    };
    const operation = OPERATIONS['managed-keys.invalidate-many'];
    return audited(
      { keyIds: ids, reason },
      () => this.invalidator.invalidateMany(caller, 'managed', ids, operation, rules),
      doneTo,
    );
  }

  private async draft(caller: AuthorizedCaller, body: CreateManagedKeyBody, once: ServiceMetadata): Promise<Draft> {
    const { name, role_descriptors, as = 'caller', template } = body;
    const given = markedMetadata(body, body.metadata);
    const metadata = { ...given, ...newMetadata(undefined, once).metadata };
    const policy = expirationPolicy(this.settings);
    if (template !== undefined) {
      const { service, template: found } = await this.authority.asTemplate(caller, template);
      const longestS = Math.min(longestLifeS(policy), longestLifeS({ maxLifetime: found.max_lifetime }));
      const expiration = toTimeValue(body.expiration ?? `${longestS}s`, Date.now(), { maxLifetime: `${longestS}s` });
      const mark = { ...once, template, template_digest: templateDigest(found) };
      return {
        ...draftOf(service),
        request: {
          name,
          role_descriptors: found.role_descriptors,
          expiration,
          metadata: { ...metadata, [SERVICE_METADATA]: mark },
        },
      };
    }
    const expiration = toTimeValue(body.expiration, Date.now(), policy);
    const request = {
      name,
      metadata,
      ...(role_descriptors !== undefined && { role_descriptors }),
      ...(expiration !== undefined && { expiration }),
    };
    if (as === 'service') return { ...draftOf(await this.authority.asManager(caller)), request };
    return {
      request,
      send: (sent) => this.gateway.createKey(caller.credential, sent, this.settings.createRefresh),
      owner: () => Promise.resolve(caller.caller),
      takeBack: (id) => takeBack(this.gateway, caller, id),
    };
  }

  /** Read back, since Elasticsearch normalises descriptors; the secret is answered even if that fails. */
  private async describe(caller: AuthorizedCaller, created: CreatedKey, { request, owner }: Draft): Promise<Key> {
    try {
      return await this.get(caller, created.id, false);
    } catch {
      const known = await owner().catch(() => ({ username: '', realm: { name: '', type: '' } }));
      return toKey(
        presumedKey(created, known, {
          metadata: request['metadata'] as JsonRecord,
          role_descriptors: (request['role_descriptors'] ?? {}) as JsonRecord,
        }),
        this.kinds,
      );
    }
  }
}

function draftOf(service: ActingService): Omit<Draft, 'request'> {
  return {
    send: (request) => service.create(request),
    owner: () => service.identity(),
    takeBack: (id) => service.takeBack(id),
  };
}

/** @throws ServiceError `key.confirmation-mismatch`. The answer does not say the name: to read it is the point. */
function requireConfirmation({ id, name }: ElasticsearchKey, confirm: unknown): void {
  if (confirm === name) return;
  throw new ServiceError('key.confirmation-mismatch', `The name that confirms ${id} is not the name of this key.`);
}

/** Empty role descriptors would be all that the service may. */
function refuseFullPrivileges({ role_descriptors: descriptors }: JsonRecord): void {
  if (isRecord(descriptors) && Object.keys(descriptors).length === 0)
    throw invalidField(
      '/role_descriptors',
      'role_descriptors.empty',
      'cannot be empty for a key of the service: it would have all rights of the service',
    );
}

/** @throws ServiceError `key.leased`. */
export function refuseLeased({ metadata }: ElasticsearchKey): void {
  if (serviceMetadataOf(metadata).lease !== undefined)
    throw new ServiceError('key.leased', 'The key is lent to a workload for a short time.', {
      members: { see: '/v1/leases' },
    });
}
