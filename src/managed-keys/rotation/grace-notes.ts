import { Injectable } from '@nestjs/common';
import { UNIT_MS } from '../../config/duration.js';
import { SERVICE_METADATA, serviceMetadataOf } from '../../keys/model/service-metadata.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../../elasticsearch/service-grant.js';

export interface GraceNote {
  id: string;
  oldKeyId: string;
  newKeyId: string;
  /** Epoch milliseconds. */
  graceUntil: number;
}

const GRANT = ServiceGrant.forOwnWork('deferred-revocations');
const KEPT_AFTER_MS = 7 * UNIT_MS.d;
const MAX_NOTES = 1000;

/**
 * Notes of the service to itself that an old key is to end, for keys whose owner alone could give them an expiration. A
 * note is an API key of the service without any right, whose secret is thrown away: it is as durable as the keys it
 * speaks of, every replica sees it, only the service can write it, and it goes away by itself. It is written once the
 * new secret is about to be answered, so a rotation that died before that ends no key.
 */
@Injectable()
export class GraceNotes {
  constructor(private readonly gateway: ServiceGateway) {}

  /** @returns false when there is no service identity, or it may not end keys of others. @throws ServiceError */
  async write(old: ElasticsearchKey, newKeyId: string, graceUntil: number): Promise<boolean> {
    if (!this.gateway.available) return false;
    const { manage_api_key: mayEnd, manage_security: mayAll } = await this.gateway.privileges();
    if (!mayEnd && !mayAll) return false;
    const lifeS = Math.ceil((graceUntil + KEPT_AFTER_MS - Date.now()) / 1000);
    await this.gateway.createKey(GRANT, {
      name: `latchkey/grace/${old.id}`,
      role_descriptors: { none: {} },
      expiration: `${lifeS}s`,
      metadata: {
        managed: true,
        managed_by: 'latchkey',
        owner: 'latchkey',
        purpose: `Ending the key ${old.id} after its rotation`,
        [SERVICE_METADATA]: { ends: old.id, successor: newKeyId, grace_until: graceUntil },
      },
    });
    return true;
  }

  /** The service's own notes that still stand; none without a service identity. */
  async standing(oldKeyId?: string): Promise<GraceNote[]> {
    if (!this.gateway.available) return [];
    const link =
      oldKeyId === undefined
        ? { exists: { field: `metadata.${SERVICE_METADATA}.ends` } }
        : { term: { [`metadata.${SERVICE_METADATA}.ends`]: oldKeyId } };
    const { username, realm } = await this.gateway.identity();
    const filter = [
      { term: { username } },
      { term: { realm_name: realm.name } },
      { term: { invalidated: false } },
      link,
    ];
    const { keys } = await this.gateway.queryKeys({ query: { bool: { filter } }, size: MAX_NOTES });
    return keys.flatMap(toNote);
  }

  async forget(notes: readonly GraceNote[]): Promise<void> {
    if (notes.length === 0) return;
    await this.gateway.invalidateOwnKeys(
      GRANT,
      notes.map(({ id }) => id),
    );
  }
}

function toNote({ id, metadata }: ElasticsearchKey): GraceNote[] {
  const { ends, successor, grace_until: graceUntil } = serviceMetadataOf(metadata);
  return ends === undefined || successor === undefined || graceUntil === undefined
    ? []
    : [{ id, oldKeyId: ends, newKeyId: successor, graceUntil }];
}
