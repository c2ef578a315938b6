import { Injectable } from '@nestjs/common';
import { endKeys } from '../../keys/ending/end-keys.js';
import { isOwner } from '../../keys/model/key-owner.js';
import { idsQuery } from '../../keys/reading/key-reader.service.js';
import { Settings } from '../../config/settings.js';
import type { JsonRecord } from '../../json/json-record.js';
import type { CreatedKey, ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import type { Caller } from '../../identity/caller.js';

/** The keys that belong to the service's own identity. Whoever calls this has decided for whom, and why it may. */
@Injectable()
export class ServiceKeys {
  constructor(
    private readonly gateway: ServiceGateway,
    private readonly settings: Settings,
  ) {}

  /** @throws ServiceError `service-identity.missing`, `upstream.*`. */
  identity(): Promise<Caller> {
    return this.gateway.identity();
  }

  /** Whether the service's identity, as it is now, owns the key; false when there is none. */
  async owns(key: Pick<ElasticsearchKey, 'username' | 'realm'>): Promise<boolean> {
    return this.gateway.available && isOwner(await this.identity(), key);
  }

  /** A key of the service's own; undefined also for keys of others that the service could see. */
  async find(id: string, options: { withLimitedBy?: boolean } = {}): Promise<ElasticsearchKey | undefined> {
    const [key] = await this.query(idsQuery([id]), options);
    return key !== undefined && (await this.owns(key)) ? key : undefined;
  }

  async query(body: JsonRecord, options: { withLimitedBy?: boolean } = {}): Promise<ElasticsearchKey[]> {
    return (await this.gateway.queryKeys(body, options)).keys;
  }

  create(body: JsonRecord): Promise<CreatedKey> {
    return this.gateway.createKey(body);
  }

  update(id: string, body: JsonRecord): Promise<boolean> {
    return this.gateway.updateKey(id, body);
  }

  /** Ends a key of the service's own, and makes sure of it. */
  async end(id: string): Promise<void> {
    const hands = {
      find: (ids: readonly string[]) => this.query(idsQuery(ids)),
      invalidate: (ids: readonly string[]) => this.gateway.invalidateOwnKeys(ids),
    };
    await endKeys(hands, [id], this.settings.invalidationSettleMs);
  }
}
