import { Injectable } from '@nestjs/common';
import { audited, AuditedSecret, type Audited } from '../audit/audited.js';
import { newKeyDone, takeBack } from '../keys/ending/take-back.js';
import { expirationPolicy, toTimeValue } from '../keys/writing/expiration.js';
import { Idempotency } from '../keys/writing/idempotency.service.js';
import { KeyKinds } from '../keys/model/key-kind.js';
import { toKey, type Key } from '../keys/model/key-model.js';
import { KeyReader } from '../keys/reading/key-reader.service.js';
import { KeyUpdater, type KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import { presumedKey } from '../keys/model/presumed-key.js';
import { formatSecret, SECRET_FORMATS, type KeySecret, type SecretFormat } from '../keys/model/secret-formats.js';
import { keepServiceMetadata, newMetadata } from '../keys/model/service-metadata.js';
import { LicenseService } from '../authorization/license.service.js';
import { Settings } from '../config/settings.js';
import type { JsonRecord } from '../json/json-record.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { CreatedKey, ElasticsearchKey } from '../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../errors/service-error.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { ADDRESS_PLACEHOLDER, connectPlan, type ConnectOptions, type ConnectPlan } from './connect-steps.js';
import type {
  ConnectQuery,
  CreateCrossClusterKeyBody,
  CrossClusterFormat,
  UpdateCrossClusterKeyBody,
} from './cross-cluster-keys.dto.js';

interface CrossClusterSecret extends KeySecret {
  remote_cluster?: ConnectPlan;
}

export interface CreatedCrossClusterKey {
  key: Key;
  secret: CrossClusterSecret;
}

/** What a new key is made of. */
export interface CrossClusterKeyDraft {
  name: string;
  access: JsonRecord;
  expiration?: string;
  metadata?: JsonRecord;
  certificate_identity?: string;
}

const DEFAULT_ALIAS = 'my_remote_cluster';

/** Creates and updates cross-cluster keys; the guard has checked the license where it can be known. */
@Injectable()
export class CrossClusterKeysService {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly reader: KeyReader,
    private readonly updater: KeyUpdater,
    private readonly idempotency: Idempotency,
    private readonly kinds: KeyKinds,
    private readonly license: LicenseService,
    private readonly settings: Settings,
  ) {}

  create(
    caller: AuthorizedCaller,
    body: CreateCrossClusterKeyBody,
    idempotencyKey?: string,
  ): AuditedSecret<CreatedCrossClusterKey> {
    return new AuditedSecret({ keyIds: [] }, async () => {
      const { name, access, metadata, certificate_identity, formats = [] } = body;
      const expiration = toTimeValue(body.expiration, Date.now(), expirationPolicy(this.settings));
      const created = await this.idempotency.once(caller, {
        idempotencyKey,
        operation: 'cross-cluster-keys.create',
        body,
        work: (mark) => {
          const draft = { name, access, expiration, certificate_identity, ...newMetadata(metadata, mark) };
          return this.make(caller, draft, formats, body);
        },
        takeBack: ({ key }) => takeBack(this.gateway, caller, key.id),
      });
      return newKeyDone(created.made, created.undo);
    });
  }

  /**
   * Sends a create once and describes the new key.
   *
   * @throws ServiceError; the license as `license.*`, an API key as caller as `caller.is-api-key`.
   */
  async make(
    caller: AuthorizedCaller,
    draft: CrossClusterKeyDraft,
    formats: readonly CrossClusterFormat[],
    connect: ConnectQuery,
  ): Promise<CreatedCrossClusterKey> {
    refuseApiKey(caller);
    const created = await this.explained(caller, () =>
      this.gateway.createCrossClusterKey(caller.credential, defined(draft)),
    );
    const secret: CrossClusterSecret = formatSecret(created, formats.filter(isKeyFormat));
    if (formats.includes('remote-cluster'))
      secret.remote_cluster = connectPlan(
        created.id,
        connectOptions(connect),
        created.encoded,
        draft.certificate_identity,
      );
    return { key: await this.describe(caller, created, draft), secret };
  }

  /** @throws as `KeyUpdater.update`, and `license.*`. */
  update(
    caller: AuthorizedCaller,
    id: string,
    body: UpdateCrossClusterKeyBody,
    ifMatch?: string,
  ): Audited<KeyUpdateResult> {
    return audited({ keyIds: [id] }, () => this.change(caller, id, body, ifMatch));
  }

  private async change(
    caller: AuthorizedCaller,
    id: string,
    body: UpdateCrossClusterKeyBody,
    ifMatch: string | undefined,
  ): Promise<KeyUpdateResult> {
    refuseApiKey(caller);
    const expiration =
      body.expiration === undefined
        ? undefined
        : toTimeValue(body.expiration, Date.now(), expirationPolicy(this.settings));
    return this.updater.update(caller, {
      kind: 'cross_cluster',
      id,
      ...(ifMatch !== undefined && { ifMatch }),
      write: (present) =>
        this.explained(caller, () =>
          this.gateway.updateCrossClusterKey(caller.credential, id, updateRequest(body, present, expiration)),
        ),
    });
  }

  async connect(caller: AuthorizedCaller, id: string, query: ConnectQuery): Promise<ConnectPlan> {
    const key = await this.reader.require(caller, 'cross_cluster', id);
    return connectPlan(id, connectOptions(query), undefined, key.certificate_identity);
  }

  private async explained<T>(caller: AuthorizedCaller, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await this.license.explain(error, caller.credential);
    }
  }

  private async describe(caller: AuthorizedCaller, created: CreatedKey, draft: CrossClusterKeyDraft): Promise<Key> {
    try {
      return await this.reader.get(caller, 'cross_cluster', created.id);
    } catch {
      // The secret must be answered even when the key cannot be read back.
      return toKey(
        presumedKey(created, caller.caller, {
          type: 'cross_cluster',
          metadata: draft.metadata ?? {},
          access: draft.access,
          ...(draft.certificate_identity !== undefined && { certificate_identity: draft.certificate_identity }),
        }),
        this.kinds,
      );
    }
  }
}

export function connectOptions({
  alias = DEFAULT_ALIAS,
  mode = 'proxy',
  address = ADDRESS_PLACEHOLDER,
}: ConnectQuery): ConnectOptions {
  return { alias, mode, address };
}

/** Elasticsearch says so too, but with a 400 among others and only to keys that hold manage_security. */
function refuseApiKey({ caller }: AuthorizedCaller): void {
  if (caller.apiKey === undefined) return;
  throw new ServiceError(
    'caller.is-api-key',
    'The caller is an API key, and an API key can neither create nor update a cross-cluster API key. Call as a user.',
  );
}

function isKeyFormat(format: CrossClusterFormat): format is SecretFormat {
  return (SECRET_FORMATS as readonly string[]).includes(format);
}

function defined(draft: CrossClusterKeyDraft): JsonRecord {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
}

/**
 * Elasticsearch refuses an update of nothing but the expiration; the metadata as they are make it one that it takes.
 */
function updateRequest(body: UpdateCrossClusterKeyBody, present: ElasticsearchKey, expiration?: string): JsonRecord {
  const { access, metadata, certificate_identity } = body;
  const onlyExpiration = access === undefined && metadata === undefined && certificate_identity === undefined;
  return {
    ...(access !== undefined && { access }),
    ...(metadata !== undefined && { metadata: keepServiceMetadata(metadata, present.metadata) }),
    ...(onlyExpiration && { metadata: present.metadata }),
    ...(certificate_identity !== undefined && { certificate_identity }),
    ...(expiration !== undefined && { expiration }),
  };
}
