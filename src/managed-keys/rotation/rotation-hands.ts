import { Injectable } from '@nestjs/common';
import { takeBack } from '../../keys/ending/take-back.js';
import { isOwner } from '../../keys/model/key-owner.js';
import { linkedTo } from '../../keys/model/service-metadata.js';
import type { KeyTemplate } from '../../config/managed-keys-policy.js';
import type { JsonRecord } from '../../json/json-record.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import { SecretRefused } from '../../elasticsearch/secret-refused.js';
import type { CreatedKey, ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { invalidField, ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import type { GraceKeeper, RotationWay } from '../../keys/rotation/rotation-state.js';
import { GraceNotes } from './grace-notes.js';
import type { ActingService } from '../service-owned/acting-service.js';
import { ServiceAuthority } from '../service-owned/service-authority.js';
import { ServiceKeys } from '../service-owned/service-keys.js';

/** What a new key is made of. */
export interface SuccessorDraft {
  metadata: JsonRecord;
  /** Time value; absent = never expires. */
  expiration?: string;
}

/** Carries the steps of a rotation out under one identity, so that owner and ceiling of the key do not change. */
export interface RotationHands {
  way: RotationWay;
  /** By which the service acts: its limits hold, whatever the old key was changed to. */
  template?: KeyTemplate;
  create(draft: SuccessorDraft): Promise<CreatedKey>;
  /** Ends a new key whose secret has not been answered. @returns its id when it may live on. */
  takeBack(id: string): Promise<string | undefined>;
  /**
   * Sees to the end of the old key, and lets it name its successor where that is possible.
   *
   * @param old as it is now.
   * @param graceUntil epoch milliseconds.
   */
  setEnd(old: ElasticsearchKey, successorId: string, graceUntil: number): Promise<GraceKeeper>;
}

/** Chooses by whom a key can be rotated. */
@Injectable()
export class RotationHandsFactory {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly authority: ServiceAuthority,
    private readonly serviceKeys: ServiceKeys,
    private readonly notes: GraceNotes,
  ) {}

  /**
   * @param encoded the old key's secret, from a holder who is not its owner.
   * @throws ServiceError `rotation.owner-required`, which names who can.
   */
  async choose(caller: AuthorizedCaller, old: ElasticsearchKey, encoded?: string): Promise<RotationHands> {
    if (isOwner(caller.caller, old)) return this.asOwner(caller, old);
    const service = await this.authority.forOwnKey(caller, old);
    if (service !== undefined) return asService(service, old);
    if (encoded !== undefined) return this.asHolder(caller, old, encoded);
    const { username, realm } = old;
    const byService = await this.serviceKeys.owns(old);
    const others = byService
      ? ['a holder of manage_security, for whom the service does it', 'callers of the template it was made by']
      : [`its owner, ${username} of realm ${realm}`];
    throw new ServiceError(
      'rotation.owner-required',
      `A new key in place of this one can be made by ${others.join(', or ')}; or, on Elasticsearch 9.4 and ` +
        'later, by whoever sends its secret (encoded) and holds manage_api_key.',
      {
        members: { owner: { username, realm } },
      },
    );
  }

  private asOwner(caller: AuthorizedCaller, old: ElasticsearchKey): RotationHands {
    const { credential } = caller;
    return {
      way: 'owner',
      create: (draft) =>
        this.gateway.createKey(
          credential,
          { name: old.name, role_descriptors: old.role_descriptors, ...draft },
          'true',
        ),
      takeBack: (id) => takeBack(this.gateway, caller, id),
      setEnd: (present, successorId, until) =>
        bringForward(present, successorId, until, (change) => this.gateway.updateKey(credential, old.id, change)),
    };
  }

  private asHolder(caller: AuthorizedCaller, old: ElasticsearchKey, encoded: string): RotationHands {
    const { credential } = caller;
    if (Buffer.from(encoded, 'base64').toString('latin1').split(':')[0] !== old.id) {
      throw invalidField('/encoded', 'encoded.other-key', 'is not the secret of this key');
    }
    return {
      way: 'clone',
      create: async (draft) => {
        try {
          return await this.gateway.cloneKey(credential, {
            api_key: encoded,
            name: old.name,
            expiration: null,
            ...draft,
          });
        } catch (error) {
          throw explainClone(error, old);
        }
      },
      takeBack: (id) => takeBack(this.gateway, caller, id),
      // Only its owner can give the old key an end, so the service makes a note of it.
      setEnd: async (present, successorId, until) => {
        if (present.expiration !== undefined && present.expiration <= until) return 'elasticsearch';
        const noted =
          (await this.notes.standing(present.id)).length > 0 || (await this.notes.write(present, successorId, until));
        return noted ? 'service' : 'nobody';
      },
    };
  }
}

function asService(service: ActingService, old: ElasticsearchKey): RotationHands {
  const { template } = service;
  const { role_descriptors } = template ?? old;
  return {
    way: 'service',
    ...(template !== undefined && { template }),
    create: (draft) => service.create({ name: old.name, role_descriptors, ...draft }),
    takeBack: (id) => service.takeBack(id),
    setEnd: (present, successorId, until) =>
      bringForward(present, successorId, until, (change) => service.update(old.id, change)),
  };
}

async function bringForward(
  old: ElasticsearchKey,
  successorId: string,
  until: number,
  update: (change: JsonRecord) => Promise<unknown>,
): Promise<GraceKeeper> {
  const metadata = linkedTo(old.metadata, successorId);
  const later = old.expiration === undefined || old.expiration > until;
  const change = {
    ...(later && { expiration: `${Math.max(1, Math.floor((until - Date.now()) / 1000))}s` }),
    ...(metadata !== undefined && { metadata }),
  };
  if (Object.keys(change).length > 0) await update(change);
  return 'elasticsearch';
}

function explainClone(error: unknown, { username, realm }: ElasticsearchKey): unknown {
  if (error instanceof SecretRefused) {
    return invalidField(
      '/encoded',
      'encoded.refused',
      'is not accepted by Elasticsearch: it must be the secret of a user key that is neither invalidated nor expired',
    );
  }
  if (!(error instanceof ServiceError)) return error;
  if (error.code === 'feature.not-available' || error.code === 'feature.security-disabled') {
    return new ServiceError(
      'rotation.owner-required',
      'This Elasticsearch cannot clone keys (9.4 and later can), so only the owner can rotate this one: ' +
        `${username} of realm ${realm}.`,
      { members: { owner: { username, realm } } },
    );
  }
  return error;
}
