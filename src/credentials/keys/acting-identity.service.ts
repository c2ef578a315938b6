import { Injectable } from '@nestjs/common';
import type { JsonRecord } from '../../json/json-record.js';
import { ServiceGateway, type ServiceCallOptions } from '../../elasticsearch/service-gateway.js';

/**
 * As whom the keys of workloads are made. Metadata alone prove nothing: whoever may make own keys can write there what
 * Latchkey writes, and a service identity that may read all keys would take them for its own.
 */
@Injectable()
export class ActingIdentity {
  private service?: JsonRecord[];

  constructor(private readonly gateway: ServiceGateway) {}

  /** Conditions for `_query/api_key` that only keys of this owner meet. @throws ServiceError */
  async conditions({ runAs }: ServiceCallOptions): Promise<readonly JsonRecord[]> {
    // By the name alone: Elasticsearch does not say here in which realm it found the user.
    if (runAs !== undefined) return [{ term: { username: runAs } }];
    return (this.service ??= await this.ofService());
  }

  private async ofService(): Promise<JsonRecord[]> {
    const { username, realm } = await this.gateway.identity();
    return [{ term: { username } }, { term: { realm_name: realm.name } }];
  }
}
