import type { KeyTemplate } from '../../config/managed-keys-policy.js';
import type { CreatedKey, InvalidationResult } from '../../elasticsearch/elasticsearch-types.js';
import type { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import type { ServiceGrant } from '../../elasticsearch/service-grant.js';
import type { Caller } from '../../identity/caller.js';
import type { JsonRecord } from '../../json/json-record.js';
import type { KeyEnder } from '../../keys/ending/key-ender.service.js';
import { ends } from '../../keys/ending/take-back.js';

/**
 * The service under its own name, for one caller: only `ServiceAuthority` can give it, and it changes no key of others.
 */
export class ActingService {
  constructor(
    private readonly gateway: ServiceGateway,
    private readonly grant: ServiceGrant<'manager' | 'template'>,
    private readonly ender: KeyEnder,
    /** The reason, when it is not that the caller holds `manage_security`: its limits hold. */
    readonly template?: KeyTemplate,
  ) {}

  /** @throws ServiceError `upstream.*`. */
  identity(): Promise<Caller> {
    return this.gateway.identity();
  }

  create(body: JsonRecord): Promise<CreatedKey> {
    return this.gateway.createKey(this.grant, body);
  }

  update(id: string, body: JsonRecord): Promise<boolean> {
    return this.gateway.updateKey(this.grant, id, body);
  }

  /** Invalidates a key, and makes sure of it. */
  async end(id: string): Promise<void> {
    await this.ender.endKeys({ invalidate: (ids) => this.invalidate(ids) }, [id]);
  }

  /** Ends a new key whose secret has not left. @returns its id when it may live on. */
  async takeBack(id: string): Promise<string | undefined> {
    return (await ends(id, this.invalidate([id]))) ? undefined : id;
  }

  private invalidate(ids: readonly string[]): Promise<InvalidationResult> {
    return this.gateway.invalidateOwnKeys(this.grant, ids);
  }
}
