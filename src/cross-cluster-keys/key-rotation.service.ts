import { Injectable } from '@nestjs/common';
import { audited, AuditedSecret, type Audited } from '../audit/audited.js';
import { takeBack } from '../keys/ending/take-back.js';
import { expirationPolicy, longestLifeS, toTimeValue } from '../keys/writing/expiration.js';
import { KeyInvalidator } from '../keys/ending/key-invalidator.service.js';
import { KeyKinds } from '../keys/model/key-kind.js';
import { statusOf } from '../keys/model/key-model.js';
import { KeyReader } from '../keys/reading/key-reader.service.js';
import { requireActive } from '../keys/writing/key-updater.service.js';
import { KeyLocks } from '../keys/writing/key-locks.js';
import {
  SERVICE_METADATA,
  serviceMetadataOf,
  withoutReserved,
  type ServiceMetadata,
} from '../keys/model/service-metadata.js';
import { OPERATIONS } from '../operations/operations.js';
import { Settings } from '../config/settings.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../errors/service-error.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { connectPlan, type ConnectPlan } from './connect-steps.js';
import type { RotateCrossClusterKeyBody } from './cross-cluster-keys.dto.js';
import { connectOptions, CrossClusterKeysService, type CreatedCrossClusterKey } from './cross-cluster-keys.service.js';

export interface RotatedKey extends CreatedCrossClusterKey {
  replaces: string;
  connect: ConnectPlan;
  finalize: string;
}

export interface FinalizedRotation {
  invalidated: string;
  new_key_id: string;
}

const MAX_SUCCESSORS = 100;

/**
 * Rotation of a cross-cluster key in two calls. What links the keys is the metadata of the new one
 * (`latchkey.replaces`), so any replica can go on, and the old key needs no change: it lives until it is finalized.
 */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly reader: KeyReader,
    private readonly keys: CrossClusterKeysService,
    private readonly invalidator: KeyInvalidator,
    private readonly kinds: KeyKinds,
    private readonly locks: KeyLocks,
    private readonly settings: Settings,
  ) {}

  /** Makes the successor. @throws ServiceError `rotation.in-progress` when an active one exists already. */
  rotate(caller: AuthorizedCaller, id: string, body: RotateCrossClusterKeyBody): AuditedSecret<RotatedKey> {
    return new AuditedSecret({ keyIds: [id] }, async () => {
      const rotated = await this.makeSuccessor(caller, id, body);
      const { id: newId } = rotated.key;
      return {
        outcome: { keyIds: [id, newId] },
        undo: () => takeBack(this.gateway, caller, newId),
        answer: () => rotated,
      };
    });
  }

  private makeSuccessor(caller: AuthorizedCaller, id: string, body: RotateCrossClusterKeyBody): Promise<RotatedKey> {
    return this.locks.run([`rotate:${id}`], async () => {
      const old = await this.reader.require(caller, 'cross_cluster', id);
      requireActive(old);
      const [successor] = await this.activeSuccessors(caller, id);
      if (successor !== undefined) {
        throw new ServiceError(
          'rotation.in-progress',
          `The key ${successor.id} was made to replace this one. Finalize, or invalidate it and rotate again.`,
          { members: { new_key_id: successor.id } },
        );
      }
      const mark: ServiceMetadata = { replaces: id, rotation_started: Date.now() };
      const created = await this.keys.make(
        caller,
        {
          name: old.name,
          access: old.access ?? {},
          expiration: this.lifetime(old, body.expiration),
          metadata: { ...withoutReserved(old.metadata), [SERVICE_METADATA]: mark },
          certificate_identity: old.certificate_identity,
        },
        body.formats ?? [],
        body,
      );
      const connect = connectPlan(
        created.key.id,
        connectOptions(body),
        created.secret.encoded,
        old.certificate_identity,
      );
      return { ...created, replaces: id, connect, finalize: `POST /v1/cross-cluster-keys/${id}/finalize` };
    });
  }

  /** Invalidates the old key, once there is no doubt which key takes over and that it is alive. */
  finalize(caller: AuthorizedCaller, id: string, newKeyId?: string): Audited<FinalizedRotation> {
    return audited({ keyIds: [id] }, () => this.endOld(caller, id, newKeyId));
  }

  private async endOld(caller: AuthorizedCaller, id: string, newKeyId: string | undefined): Promise<FinalizedRotation> {
    const old = await this.reader.require(caller, 'cross_cluster', id);
    const successor = newKeyId ?? (await this.onlySuccessor(caller, old)).id;
    // Held until the old key has ended, so that nothing ends the new one through this replica in the meantime.
    return this.locks.run([`rotate:${id}`, successor], async () => {
      await this.requireSuccessor(caller, id, successor);
      await this.invalidator.invalidateOne(caller, 'cross_cluster', id, OPERATIONS['cross-cluster-keys.finalize']);
      return { invalidated: id, new_key_id: successor };
    });
  }

  private async onlySuccessor(caller: AuthorizedCaller, old: ElasticsearchKey): Promise<ElasticsearchKey> {
    const [successor, ...others] = await this.activeSuccessors(caller, old.id);
    if (others.length > 0) {
      throw new ServiceError(
        'rotation.not-ready',
        'More than one active key was made to replace this one; say which by new_key_id.',
        { members: { new_key_ids: [successor, ...others].map((key) => key?.id) } },
      );
    }
    if (successor !== undefined) return successor;
    const { replaces } = serviceMetadataOf(old.metadata);
    const hint = replaces === undefined ? '' : ` It replaces ${replaces} itself; finalize is called on the old key.`;
    throw new ServiceError('rotation.not-found', `No active key was made to replace this one.${hint}`);
  }

  private async requireSuccessor(caller: AuthorizedCaller, id: string, newKeyId: string): Promise<void> {
    const successor = await this.reader.require(caller, 'cross_cluster', newKeyId).catch(asSuccessorOfBody);
    if (serviceMetadataOf(successor.metadata).replaces !== id)
      throw new ServiceError('rotation.not-found', `The key ${newKeyId} was not made to replace this one.`);
    const status = statusOf(successor, Date.now());
    if (status !== 'active')
      throw new ServiceError('rotation.not-ready', `The new key is ${status}; the old one stays alive.`);
  }

  private async activeSuccessors({ credential }: AuthorizedCaller, id: string): Promise<ElasticsearchKey[]> {
    const link = { term: { [`metadata.${SERVICE_METADATA}.replaces`]: id } };
    const { keys } = await this.gateway.queryKeys(credential, {
      query: { bool: { filter: [this.kinds.query('cross_cluster'), link] } },
      size: MAX_SUCCESSORS,
    });
    return keys.filter(
      (key) => serviceMetadataOf(key.metadata).replaces === id && statusOf(key, Date.now()) === 'active',
    );
  }

  /** What is asked for, or as long a life as the old key was given, within what this service allows. */
  private lifetime(old: ElasticsearchKey, asked: string | undefined): string | undefined {
    const policy = expirationPolicy(this.settings);
    if (asked !== undefined || old.expiration === undefined) return toTimeValue(asked, Date.now(), policy);
    const seconds = Math.max(1, Math.round((old.expiration - old.creation) / 1000));
    return toTimeValue(`${Math.min(seconds, longestLifeS(policy))}s`, Date.now(), policy);
  }
}

/** 404 is for the id in the path; the successor is named in the body. */
function asSuccessorOfBody(error: unknown): never {
  if (!(error instanceof ServiceError) || error.code !== 'key.not-found') throw error;
  throw new ServiceError(
    'rotation.no-such-successor',
    'There is no key with the id of new_key_id. Nothing was changed.',
    {
      members: { errors: [{ pointer: '/new_key_id', code: 'unknown', detail: 'no key has this id' }] },
    },
  );
}
