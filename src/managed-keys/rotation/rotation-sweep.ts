import { Injectable } from '@nestjs/common';
import { KeyEnder } from '../../keys/ending/key-ender.service.js';
import { statusOf } from '../../keys/model/key-model.js';
import { sameOwner } from '../../keys/model/key-owner.js';
import { idsQuery } from '../../keys/reading/key-reader.service.js';
import { KeyWatchObserver } from '../../telemetry/key-watch-observer.js';
import { SERVICE_METADATA, serviceMetadataOf } from '../../keys/model/service-metadata.js';
import { Auditor } from '../../audit/auditor.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../../elasticsearch/service-grant.js';
import { GraceNotes, type GraceNote } from './grace-notes.js';
import { rotationOf } from '../../keys/rotation/rotation-state.js';

const GRANT = ServiceGrant.forOwnWork('deferred-revocations');
const MAX_ROTATIONS = 1000;
const STUCK = new Set(['incomplete', 'overdue', 'abandoned', 'failed']);
/** A rotation under way may be between two steps. */
const UNDER_WAY_MS = 60_000;
const REPEAT_AFTER_MS = 3_600_000;

/**
 * Looks over all rotations as the service: ends the old keys whose grace the service keeps, and reports those that do
 * not go on by themselves. It ends only what its own note names, when the key that takes over lives and has the same
 * owner; everything else is only reported.
 */
@Injectable()
export class RotationSweep {
  private readonly reported = new Map<string, number>();

  constructor(
    private readonly gateway: ServiceGateway,
    private readonly notes: GraceNotes,
    private readonly auditor: Auditor,
    private readonly ender: KeyEnder,
    private readonly observer: KeyWatchObserver,
  ) {}

  /** @returns how many rotations there are in each state. */
  async look(): Promise<Map<string, number>> {
    await this.endDue();
    const query = {
      bool: { filter: [{ term: { type: 'rest' } }, { exists: { field: `metadata.${SERVICE_METADATA}.replaces` } }] },
    };
    const { keys: successors } = await this.gateway.queryKeys({ query, size: MAX_ROTATIONS });
    const olds = await this.find(successors.map(({ metadata }) => serviceMetadataOf(metadata).replaces ?? ''));
    const counts = new Map<string, number>();
    for (const successor of successors) {
      const old = olds.get(serviceMetadataOf(successor.metadata).replaces ?? '');
      if (old !== undefined && !sameOwner(old, successor)) continue;
      const { state } = rotationOf(old, successor);
      counts.set(state, (counts.get(state) ?? 0) + 1);
      if (
        STUCK.has(state) &&
        Date.now() - (serviceMetadataOf(successor.metadata).rotation_started ?? successor.creation) > UNDER_WAY_MS
      )
        this.report(state, old, successor);
    }
    return counts;
  }

  private async endDue(): Promise<void> {
    const due = (await this.notes.standing()).filter(({ graceUntil }) => graceUntil <= Date.now());
    if (due.length === 0) return;
    const keys = await this.find(due.flatMap(({ oldKeyId, newKeyId }) => [oldKeyId, newKeyId]));
    const ready = due.filter((note) => canEnd(note, keys));
    const ids = ready.map(({ oldKeyId }) => oldKeyId).filter((id) => keys.get(id)?.invalidated === false);
    const alive = ids.length > 0 ? await this.end(ids) : [];
    // A note of a key that still lives is tried again; one that can never be carried out goes away by itself.
    await this.notes.forget(
      due.filter(({ oldKeyId }) => isDead(keys.get(oldKeyId)) || (ids.includes(oldKeyId) && !alive.includes(oldKeyId))),
    );
  }

  /** @returns those that still live. */
  private async end(ids: readonly string[]): Promise<string[]> {
    const invalidate = (wanted: readonly string[]) => this.gateway.invalidateKeys(GRANT, wanted);
    const alive = await this.ender.endKeys({ invalidate }, ids);
    await this.auditor.noteOwnWork({
      event: 'managed-key.grace-ended',
      operation: 'managed-keys.rotate',
      requestId: 'sweep',
      outcome: alive.length === 0 ? 'success' : 'failure',
      keyIds: ids,
    });
    return alive;
  }

  private async find(ids: readonly string[]): Promise<Map<string, ElasticsearchKey>> {
    const wanted = [...new Set(ids)].filter((id) => id !== '');
    if (wanted.length === 0) return new Map();
    return new Map((await this.gateway.queryKeys(idsQuery(wanted))).keys.map((key) => [key.id, key]));
  }

  private report(state: string, old: ElasticsearchKey | undefined, successor: ElasticsearchKey): void {
    const now = Date.now();
    for (const [id, at] of this.reported) if (now - at > REPEAT_AFTER_MS) this.reported.delete(id);
    if (this.reported.has(successor.id)) return;
    this.reported.set(successor.id, now);
    this.observer.rotationStuck({
      state,
      oldKeyId: old?.id ?? serviceMetadataOf(successor.metadata).replaces ?? '',
      newKeyId: successor.id,
    });
  }
}

function isDead(key: ElasticsearchKey | undefined): boolean {
  return key !== undefined && statusOf(key, Date.now()) !== 'active';
}

function canEnd({ oldKeyId, newKeyId }: GraceNote, keys: ReadonlyMap<string, ElasticsearchKey>): boolean {
  const old = keys.get(oldKeyId);
  const successor = keys.get(newKeyId);
  return (
    old !== undefined &&
    successor !== undefined &&
    sameOwner(old, successor) &&
    serviceMetadataOf(successor.metadata).replaces === oldKeyId &&
    statusOf(successor, Date.now()) === 'active'
  );
}
