import { Injectable } from '@nestjs/common';
import { longestLifeS } from '../../keys/writing/expiration.js';
import { KeyInvalidator } from '../../keys/ending/key-invalidator.service.js';
import { KeyLocks } from '../../keys/writing/key-locks.js';
import { statusOf } from '../../keys/model/key-model.js';
import { isOwner } from '../../keys/model/key-owner.js';
import { linkedTo, serviceMetadataOf } from '../../keys/model/service-metadata.js';
import { OPERATIONS, type Operation } from '../../operations/operations.js';
import { audited, type Audited } from '../../audit/audited.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { JsonRecord } from '../../json/json-record.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { GraceNotes } from './grace-notes.js';
import { RotationLookup } from './rotation-lookup.js';
import { END_TOLERANCE_MS, endIsSet, rotationOf, wayOf, type Rotation } from '../../keys/rotation/rotation-state.js';
import { ServiceAuthority } from '../service-owned/service-authority.js';

/** Reads, cancels and finalizes rotations. Each can be called again: what is done already is left as it is. */
@Injectable()
export class RotationEnd {
  constructor(
    private readonly lookup: RotationLookup,
    private readonly gateway: CallerGateway,
    private readonly invalidator: KeyInvalidator,
    private readonly authority: ServiceAuthority,
    private readonly notes: GraceNotes,
    private readonly locks: KeyLocks,
  ) {}

  async read(caller: AuthorizedCaller, id: string, rotationId: string): Promise<Rotation> {
    const { old, successor } = await this.lookup.require(caller, id, rotationId);
    return rotationOf(old, successor);
  }

  /**
   * Returns to the old key: gives it back the end that it had, then ends the new one. A key that never expired gets an
   * end in 100 years.
   *
   * @throws ServiceError `rotation.not-ready` when the old key does not live, `rotation.owner-required` when its end
   * was brought forward and the caller cannot move it.
   */
  cancel(caller: AuthorizedCaller, id: string, rotationId: string, reason: string): Audited<Rotation> {
    return audited({ keyIds: [id, rotationId], reason }, () => this.cancelled(caller, id, rotationId));
  }

  /** Ends the old key at once. @throws ServiceError `rotation.not-ready` when the new key does not live. */
  finalize(caller: AuthorizedCaller, id: string, rotationId: string, reason: string): Audited<Rotation> {
    return audited({ keyIds: [id, rotationId], reason }, () => this.finalized(caller, id, rotationId));
  }

  private cancelled(caller: AuthorizedCaller, id: string, rotationId: string): Promise<Rotation> {
    return this.locks.run([`rotate:${id}`, id, rotationId], async () => {
      const { old, successor } = await this.lookup.require(caller, id, rotationId);
      if (old === undefined || statusOf(old, Date.now()) !== 'active')
        throw new ServiceError(
          'rotation.not-ready',
          'The old key has ended: there is nothing to return to. The new key stays as it is.',
        );
      if (wayOf(successor) !== 'clone') await this.restoreEnd(caller, old, successor);
      await this.end(caller, successor, OPERATIONS['managed-keys.cancel-rotation']);
      await this.forgetNotes(old);
      return this.read(caller, id, rotationId);
    });
  }

  private finalized(caller: AuthorizedCaller, id: string, rotationId: string): Promise<Rotation> {
    // The new key is held too, so that nothing ends it through this replica while the old one is ended.
    return this.locks.run([`rotate:${id}`, id, rotationId], async () => {
      const { old, successor } = await this.lookup.require(caller, id, rotationId);
      if (statusOf(successor, Date.now()) !== 'active')
        throw new ServiceError('rotation.not-ready', 'The new key does not live: the old one is left as it is.');
      if (old !== undefined && !old.invalidated) {
        await this.end(caller, old, OPERATIONS['managed-keys.finalize-rotation']);
        await this.forgetNotes(old);
      }
      return this.read(caller, id, rotationId);
    });
  }

  private async restoreEnd(
    caller: AuthorizedCaller,
    old: ElasticsearchKey,
    successor: ElasticsearchKey,
  ): Promise<void> {
    const { old_expiration: before, grace_until: graceUntil } = serviceMetadataOf(successor.metadata);
    const moved =
      old.expiration !== undefined &&
      old.expiration !== before &&
      (graceUntil === undefined || endIsSet(old, graceUntil));
    // An expiration can be moved, never removed; so never is as late as it can be.
    const seconds = before === undefined ? longestLifeS({}) : Math.max(1, Math.floor((before - Date.now()) / 1000));
    const wanted = Date.now() + seconds * 1000;
    const metadata = linkedTo(old.metadata, undefined);
    const change = { ...(moved && { expiration: `${seconds}s` }), ...(metadata !== undefined && { metadata }) };
    if (Object.keys(change).length === 0) return;
    await this.updateOld(caller, old, change);
    if (moved) await this.requireEnd(caller, old.id, successor.id, wanted);
  }

  private async updateOld(caller: AuthorizedCaller, old: ElasticsearchKey, change: JsonRecord): Promise<void> {
    if (isOwner(caller.caller, old)) {
      await this.gateway.updateKey(caller.credential, old.id, change);
      return;
    }
    const service = await this.authority.forOwnKey(caller, old);
    if (service === undefined)
      throw new ServiceError(
        'rotation.owner-required',
        `Only its owner can give the old key back its end: ${old.username} of realm ${old.realm}. Nothing was changed.`,
        { members: { owner: { username: old.username, realm: old.realm } } },
      );
    await service.update(old.id, change);
  }

  /** Read back before the new key is ended: otherwise neither would live on. */
  private async requireEnd(caller: AuthorizedCaller, id: string, rotationId: string, wanted: number): Promise<void> {
    const { old } = await this.lookup.require(caller, id, rotationId);
    if ((old?.expiration ?? 0) + END_TOLERANCE_MS >= wanted) return;
    throw new ServiceError(
      'rotation.not-ready',
      'The old key did not get its end back, so the new key was left as it is. Cancel again.',
    );
  }

  private async end(caller: AuthorizedCaller, key: ElasticsearchKey, operation: Operation): Promise<void> {
    if (key.invalidated) return;
    const service = isOwner(caller.caller, key) ? undefined : await this.authority.forOwnKey(caller, key);
    return service === undefined ? this.invalidator.end(caller, key.id, operation) : service.end(key.id);
  }

  private async forgetNotes(old: ElasticsearchKey): Promise<void> {
    // What is left of them does no harm: the sweep looks at both keys before it ends one.
    await this.notes
      .standing(old.id)
      .then((notes) => this.notes.forget(notes))
      .catch(() => undefined);
  }
}
