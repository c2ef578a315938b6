import { Injectable } from '@nestjs/common';
import { KeyKinds } from '../keys/model/key-kind.js';
import { KeyReader } from '../keys/reading/key-reader.service.js';
import { serviceMetadataOf } from '../keys/model/service-metadata.js';
import type { ElasticsearchKey } from '../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../elasticsearch/service-gateway.js';
import { ServiceError } from '../errors/service-error.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { ServiceAuthority } from './service-owned/service-authority.js';
import { ServiceKeys } from './service-owned/service-keys.js';

/** Finds managed keys as the caller, and those of the service that a template lets the caller have. */
@Injectable()
export class ManagedKeyFinder {
  constructor(
    private readonly reader: KeyReader,
    private readonly kinds: KeyKinds,
    private readonly service: ServiceGateway,
    private readonly keys: ServiceKeys,
    private readonly authority: ServiceAuthority,
  ) {}

  /** @throws ServiceError `key.not-found`, `key.wrong-type`. */
  async require(
    caller: AuthorizedCaller,
    id: string,
    options: { withLimitedBy?: boolean } = {},
  ): Promise<ElasticsearchKey> {
    try {
      return await this.reader.require(caller, 'managed', id, options);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'key.not-found' || !this.service.available) throw error;
      const key = await this.keys.find(id, options);
      if (
        key === undefined ||
        serviceMetadataOf(key.metadata).template === undefined ||
        this.kinds.kindOf(key) !== 'managed'
      )
        throw error;
      if (!(await this.authority.maySee(caller, key))) throw error;
      return key;
    }
  }
}
