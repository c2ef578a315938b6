import { Injectable } from '@nestjs/common';
import { isOwner } from '../../keys/model/key-owner.js';
import { idsQuery } from '../../keys/reading/key-reader.service.js';
import type { JsonRecord } from '../../json/json-record.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';

/** Finds the keys that belong to the service's own identity. To change one takes an `ActingService`. */
@Injectable()
export class ServiceKeys {
  constructor(private readonly gateway: ServiceGateway) {}

  /** Whether the service's identity, as it is now, owns the key; false when there is none. */
  async owns(key: Pick<ElasticsearchKey, 'username' | 'realm'>): Promise<boolean> {
    return this.gateway.available && isOwner(await this.gateway.identity(), key);
  }

  /** A key of the service's own; undefined also for keys of others that the service could see. */
  async find(id: string, options: { withLimitedBy?: boolean } = {}): Promise<ElasticsearchKey | undefined> {
    const [key] = await this.query(idsQuery([id]), options);
    return key !== undefined && (await this.owns(key)) ? key : undefined;
  }

  async query(body: JsonRecord, options: { withLimitedBy?: boolean } = {}): Promise<ElasticsearchKey[]> {
    return (await this.gateway.queryKeys(body, options)).keys;
  }
}
