import { Injectable } from '@nestjs/common';
import { statusOf } from '../../keys/model/key-model.js';
import { isOwner, sameOwner } from '../../keys/model/key-owner.js';
import { idsQuery } from '../../keys/reading/key-reader.service.js';
import { SERVICE_METADATA, serviceMetadataOf } from '../../keys/model/service-metadata.js';
import type { JsonRecord } from '../../json/json-record.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { ManagedKeyFinder } from '../managed-key-finder.js';
import { ServiceKeys } from '../service-owned/service-keys.js';

const MAX_SUCCESSORS = 100;

export interface RotationKeys {
  /** Undefined once Elasticsearch has removed it. */
  old: ElasticsearchKey | undefined;
  successor: ElasticsearchKey;
}

/** Finds the keys of a rotation. What links them is the metadata of the new one, and that both have the same owner. */
@Injectable()
export class RotationLookup {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly serviceKeys: ServiceKeys,
    private readonly finder: ManagedKeyFinder,
  ) {}

  /**
   * The live key that was made to replace `old`, if there is one; of several the earliest, so that all replicas agree.
   */
  async openSuccessor(caller: AuthorizedCaller, old: ElasticsearchKey): Promise<ElasticsearchKey | undefined> {
    const body = { query: { term: { [`metadata.${SERVICE_METADATA}.replaces`]: old.id } }, size: MAX_SUCCESSORS };
    const found = await this.query(caller, old, body);
    // Anybody can name any key in the metadata of a key of its own; that must not stand in the way of this one.
    const open = found.filter(
      (key) =>
        serviceMetadataOf(key.metadata).replaces === old.id &&
        sameOwner(key, old) &&
        statusOf(key, Date.now()) === 'active',
    );
    return open.sort((one, other) => one.creation - other.creation || (one.id < other.id ? -1 : 1))[0];
  }

  /** @throws ServiceError `rotation.unknown`, `key.not-found`. */
  async require(caller: AuthorizedCaller, id: string, rotationId: string): Promise<RotationKeys> {
    const successor = await this.finder.require(caller, rotationId);
    if (serviceMetadataOf(successor.metadata).replaces !== id) throw unknown();
    const [old] = await this.query(caller, successor, idsQuery([id]));
    if (old !== undefined && !sameOwner(old, successor)) throw unknown();
    return { old, successor };
  }

  /** As the service for its own keys, which a template may let the caller have unseen; else as the caller. */
  private async query(
    { credential, caller }: AuthorizedCaller,
    of: ElasticsearchKey,
    body: JsonRecord,
  ): Promise<ElasticsearchKey[]> {
    if (!isOwner(caller, of) && (await this.serviceKeys.owns(of))) return this.serviceKeys.query(body);
    return (await this.gateway.queryKeys(credential, body)).keys;
  }
}

function unknown(): ServiceError {
  return new ServiceError('rotation.unknown', 'No such rotation of this key.');
}
