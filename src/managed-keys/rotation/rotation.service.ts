import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { expirationPolicy, longestLifeS, toTimeValue } from '../../keys/writing/expiration.js';
import { requireIdempotencyForm } from '../../keys/writing/idempotency.service.js';
import { KeyKinds } from '../../keys/model/key-kind.js';
import { KeyLocks } from '../../keys/writing/key-locks.js';
import { statusOf, toKey, type Key } from '../../keys/model/key-model.js';
import { requireActive } from '../../keys/writing/key-updater.service.js';
import { formatSecret, type KeySecret } from '../../keys/model/secret-formats.js';
import {
  SERVICE_METADATA,
  serviceMetadataOf,
  withoutReserved,
  type ServiceMetadata,
} from '../../keys/model/service-metadata.js';
import { AuditedSecret, NOTHING_TO_UNDO, type SecretDone } from '../../audit/audited.js';
import type { KeyTemplate } from '../../config/managed-keys-policy.js';
import { Settings } from '../../config/settings.js';
import type { CreatedKey, ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { compareCeilings, type CeilingChange } from '../../keys/rotation/ceiling.js';
import { GraceNotes } from './grace-notes.js';
import { ManagedKeyFinder } from '../managed-key-finder.js';
import { refuseLeased } from '../managed-keys.service.js';
import type { RotateManagedKeyBody } from './rotation.dto.js';
import { RotationHandsFactory, type RotationHands, type SuccessorDraft } from './rotation-hands.js';
import { RotationLookup } from './rotation-lookup.js';
import { endIsSet, rotationOf, wayOf, type GraceKeeper, type Rotation } from '../../keys/rotation/rotation-state.js';

export interface RotatedManagedKey {
  rotation: Rotation;
  key: Key;
  secret: KeySecret | null;
  ceiling: CeilingChange;
  grace_kept_by: GraceKeeper;
  failed_step?: { code: string; detail: string };
}

/**
 * Rotation of a managed key with a time of grace. First the new key is made, then, once that is in the audit trail, the
 * end of the old one is set, then the secret is answered. What is remembered stands in the metadata of the new key, so
 * any replica can go on; a step that fails leaves both keys alive.
 */
@Injectable()
export class ManagedKeyRotation {
  constructor(
    private readonly finder: ManagedKeyFinder,
    private readonly lookup: RotationLookup,
    private readonly hands: RotationHandsFactory,
    private readonly notes: GraceNotes,
    private readonly kinds: KeyKinds,
    private readonly locks: KeyLocks,
    private readonly settings: Settings,
  ) {}

  /**
   * The secret is null when this goes on with a rotation that was begun before.
   *
   * @throws ServiceError `rotation.owner-required`, `rotation.in-progress`, `key.*`, and what the calls throw.
   */
  start(
    caller: AuthorizedCaller,
    id: string,
    body: RotateManagedKeyBody,
    idempotencyKey?: string,
  ): AuditedSecret<RotatedManagedKey> {
    return new AuditedSecret({ keyIds: [id], reason: body.reason }, () => this.begin(caller, id, body, idempotencyKey));
  }

  private async begin(
    caller: AuthorizedCaller,
    id: string,
    body: RotateManagedKeyBody,
    idempotencyKey: string | undefined,
  ): Promise<SecretDone<RotatedManagedKey>> {
    if (idempotencyKey !== undefined) requireIdempotencyForm(idempotencyKey);
    return this.locks.run([`rotate:${id}`], async () => {
      const old = await this.finder.require(caller, id, { withLimitedBy: caller.caller.apiKey === undefined });
      refuseLeased(old);
      const digest = idempotencyKey === undefined ? undefined : digestOf(caller, id, idempotencyKey);
      const open = await this.lookup.openSuccessor(caller, old);
      if (open !== undefined && digest !== undefined && serviceMetadataOf(open.metadata).idempotency === digest)
        return this.resume(caller, old, open, body);
      const now = Date.now();
      const graceUntil = graceEnd(body.grace, now, old.expiration);
      requireActive(old);
      if (open !== undefined) throw inProgress(old, open);
      const hands = await this.hands.choose(caller, old, body.encoded);
      const mark = {
        ...templateMarks(old),
        replaces: id,
        rotation_started: now,
        grace_until: graceUntil,
        way: hands.way,
        ...(digest !== undefined && { idempotency: digest }),
        ...(old.expiration !== undefined && { old_expiration: old.expiration }),
      };
      const draft = this.draft(old, mark, body.expiration, hands.template);
      const created = await hands.create(draft);
      await this.requireFirst(caller, hands, old, created.id);
      const secret = formatSecret(created, body.formats ?? []);
      const proceed = (): Promise<RotatedManagedKey> =>
        this.finish(caller, hands, {
          old,
          graceUntil,
          secret,
          assumed: assumed(
            created,
            { ...old, ...(hands.template !== undefined && { role_descriptors: hands.template.role_descriptors }) },
            draft,
          ),
        });
      return { outcome: { keyIds: [id, created.id] }, undo: () => hands.takeBack(created.id), answer: proceed };
    });
  }

  /**
   * Another replica may have made a successor since this one looked.
   *
   * @throws ServiceError `rotation.in-progress` when that one was first.
   */
  private async requireFirst(
    caller: AuthorizedCaller,
    hands: RotationHands,
    old: ElasticsearchKey,
    newId: string,
  ): Promise<void> {
    try {
      const first = await this.lookup.openSuccessor(caller, old);
      if (first !== undefined && first.id !== newId) throw inProgress(old, first);
    } catch (error) {
      await hands.takeBack(newId);
      throw error;
    }
  }

  private async resume(
    caller: AuthorizedCaller,
    old: ElasticsearchKey,
    successor: ElasticsearchKey,
    { grace, encoded }: RotateManagedKeyBody,
  ): Promise<SecretDone<RotatedManagedKey>> {
    const {
      grace_until: graceUntil = 0,
      rotation_started: started = 0,
      old_expiration: oldExpiration,
    } = serviceMetadataOf(successor.metadata);
    if (graceUntil !== graceEnd(grace, started, oldExpiration)) {
      throw new ServiceError('request.idempotency-mismatch', 'This Idempotency-Key was used with another grace.');
    }
    const ended = statusOf(old, Date.now()) !== 'active';
    // A clone is gone on with by whoever shows the secret once more.
    const hands =
      ended || (wayOf(successor) === 'clone' && encoded === undefined)
        ? undefined
        : await this.hands.choose(caller, old, encoded);
    const proceed = (): Promise<RotatedManagedKey> =>
      this.finish(caller, hands, { old, graceUntil, secret: null, assumed: successor });
    return { outcome: { keyIds: [old.id, successor.id] }, undo: NOTHING_TO_UNDO, answer: proceed };
  }

  /** Never fails: the new secret has not been answered yet. */
  private async finish(
    caller: AuthorizedCaller,
    hands: RotationHands | undefined,
    {
      old,
      graceUntil,
      secret,
      assumed: known,
    }: { old: ElasticsearchKey; graceUntil: number; secret: KeySecret | null; assumed: ElasticsearchKey },
  ): Promise<RotatedManagedKey> {
    let keeper: GraceKeeper = endIsSet(old, graceUntil) ? 'elasticsearch' : 'nobody';
    let failedStep: RotatedManagedKey['failed_step'];
    try {
      if (hands !== undefined) {
        // Cancel and finalize may have come in between, so both keys are read anew under the lock that they take.
        keeper = await this.locks.run([`rotate:${old.id}`, old.id, known.id], () =>
          this.setEnd(caller, hands, old.id, known.id, graceUntil),
        );
      } else if (keeper === 'nobody' && (await this.notes.standing(old.id)).length > 0) keeper = 'service';
    } catch (error) {
      failedStep = failedStepOf(error);
    }
    const withLimitedBy = caller.caller.apiKey === undefined;
    const successor = await this.finder.require(caller, known.id, { withLimitedBy }).catch(() => known);
    const present = await this.finder.require(caller, old.id).catch(() => old);
    return {
      rotation: rotationOf(present, successor),
      key: toKey(withoutLimits(successor), this.kinds),
      secret,
      // A clone keeps the snapshot; a rotation that is gone on with has renewed the old one since.
      ceiling:
        wayOf(successor) === 'clone'
          ? 'same'
          : secret === null
            ? 'unknown'
            : compareCeilings(old.limited_by, successor.limited_by),
      grace_kept_by: keeper,
      ...(failedStep !== undefined && { failed_step: failedStep }),
    };
  }

  /** @throws ServiceError `rotation.not-ready` when the new key has ended: the old one is then all that is left. */
  private async setEnd(
    caller: AuthorizedCaller,
    hands: RotationHands,
    oldId: string,
    newId: string,
    graceUntil: number,
  ): Promise<GraceKeeper> {
    const successor = await this.finder.require(caller, newId);
    if (statusOf(successor, Date.now()) !== 'active')
      throw new ServiceError(
        'rotation.not-ready',
        'The new key has been ended meanwhile, so its secret is worth nothing.',
      );
    return hands.setEnd(await this.finder.require(caller, oldId), newId, graceUntil);
  }

  private draft(
    old: ElasticsearchKey,
    mark: ServiceMetadata,
    asked: string | undefined,
    template: KeyTemplate | undefined,
  ): SuccessorDraft {
    const policy = expirationPolicy(this.settings);
    const metadata = { ...withoutReserved(old.metadata), [SERVICE_METADATA]: mark };
    const longestS =
      template === undefined
        ? longestLifeS(policy)
        : Math.min(longestLifeS(policy), longestLifeS({ maxLifetime: template.max_lifetime }));
    const sameLifeS =
      old.expiration === undefined
        ? undefined
        : Math.min(Math.max(1, Math.round((old.expiration - old.creation) / 1000)), longestS);
    const lifeS = sameLifeS ?? (template === undefined ? undefined : longestS);
    const limits = template === undefined ? policy : { maxLifetime: `${longestS}s` };
    const expiration = toTimeValue(asked ?? (lifeS === undefined ? undefined : `${lifeS}s`), Date.now(), limits);
    return { metadata, ...(expiration !== undefined && { expiration }) };
  }
}

/**
 * When the old key is to end, in epoch milliseconds. An instant stands for itself, so that a second call means the
 * same.
 *
 * @param from when the rotation began. @throws ServiceError `request.invalid` at `/grace`.
 */
function graceEnd(grace: string, from: number, oldExpiration = Infinity): number {
  const lifeMs = Number.parseInt(toTimeValue(grace, from, { pointer: '/grace' }) ?? '', 10) * 1000;
  // No time value has a T.
  return Math.min(grace.includes('T') ? Date.parse(grace) : from + lifeMs, oldExpiration);
}

function failedStepOf(error: unknown): { code: string; detail: string } {
  const { code, detail } =
    error instanceof ServiceError ? error : { code: 'internal', detail: 'Something failed inside Latchkey.' };
  if (code === 'rotation.not-ready') return { code, detail: `${detail} The old key was left as it is. Rotate again.` };
  return {
    code,
    detail:
      `The end of the old key could not be set: ${detail} Both keys live. Rotate again with the same ` +
      'Idempotency-Key, or finalize, or cancel.',
  };
}

function inProgress(old: ElasticsearchKey, successor: ElasticsearchKey): ServiceError {
  return new ServiceError(
    'rotation.in-progress',
    `The key ${successor.id} was made to replace this one. Finalize or cancel that rotation first.`,
    {
      members: { new_key_id: successor.id, see: `/v1/managed-keys/${old.id}/rotations/${successor.id}` },
    },
  );
}

function templateMarks({ metadata }: ElasticsearchKey): ServiceMetadata {
  const { template, template_digest: digest } = serviceMetadataOf(metadata);
  return template === undefined ? {} : { template, ...(digest !== undefined && { template_digest: digest }) };
}

function digestOf({ caller }: AuthorizedCaller, id: string, idempotencyKey: string): string {
  return createHash('sha256')
    .update(JSON.stringify([caller.realm.name, caller.username, id, idempotencyKey]))
    .digest('base64url')
    .slice(0, 22);
}

/** The new key as far as it is known without reading it. */
function assumed(created: CreatedKey, old: ElasticsearchKey, { metadata }: SuccessorDraft): ElasticsearchKey {
  const { expiration: _oldEnd, limited_by: _limits, ...same } = old;
  return {
    ...same,
    id: created.id,
    name: created.name,
    creation: Date.now(),
    ...(created.expiration !== undefined && { expiration: created.expiration }),
    metadata,
  };
}

function withoutLimits({ limited_by: _limits, ...key }: ElasticsearchKey): ElasticsearchKey {
  return key;
}
