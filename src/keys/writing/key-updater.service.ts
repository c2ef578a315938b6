import { Injectable } from '@nestjs/common';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { KeyKinds, type KeyKind } from '../model/key-kind.js';
import { KeyLocks } from './key-locks.js';
import { etagOf, statusOf, toKey, type Key } from '../model/key-model.js';
import { KeyReader } from '../reading/key-reader.service.js';

export interface KeyUpdate {
  kind: KeyKind;
  id: string;
  ifMatch?: string;
  /** Sends the change; given the key as it is. @returns whether anything changed. */
  write: (present: ElasticsearchKey) => Promise<boolean>;
}

export interface KeyUpdateResult {
  updated: boolean;
  key: Key;
}

/**
 * What every update of a key has in common: one at a time, of the right kind, still alive, in the expected state, by
 * its owner.
 */
@Injectable()
export class KeyUpdater {
  constructor(
    private readonly reader: KeyReader,
    private readonly kinds: KeyKinds,
    private readonly locks: KeyLocks,
  ) {}

  /**
   * @throws ServiceError `key.not-found`, `key.managed`, `key.wrong-type`, `key.not-owner`, `key.invalidated`,
   * `key.expired`, `request.precondition-failed`.
   */
  update(caller: AuthorizedCaller, change: KeyUpdate): Promise<KeyUpdateResult> {
    const { kind, id } = change;
    return this.locks.run([id], async () => {
      const present = await this.reader.require(caller, kind, id);
      requireMatch(toKey(present, this.kinds), change.ifMatch);
      requireActive(present);
      const updated = await this.write(caller, change, present);
      return { updated, key: updated ? await this.reader.get(caller, kind, id) : toKey(present, this.kinds) };
    });
  }

  private async write(
    caller: AuthorizedCaller,
    { kind, id, write }: KeyUpdate,
    present: ElasticsearchKey,
  ): Promise<boolean> {
    try {
      return await write(present);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'key.not-found') throw error;
      // Elasticsearch says 404 to everybody but the owner; when the key is still there, that was the reason.
      const { username, realm } = await this.reader.require(caller, kind, id);
      throw new ServiceError('key.not-owner', `Only its owner can update this key: ${username} of realm ${realm}.`, {
        members: { owner: { username, realm } },
      });
    }
  }
}

/** @throws ServiceError `key.invalidated`, `key.expired`. */
export function requireActive(key: ElasticsearchKey): void {
  const status = statusOf(key, Date.now());
  if (status === 'invalidated')
    throw new ServiceError('key.invalidated', 'The key has been invalidated and cannot be changed.');
  if (status === 'expired') throw new ServiceError('key.expired', 'The key has expired and cannot be changed.');
}

function requireMatch(key: Key, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === '*') return;
  const present = etagOf(key);
  if (!ifMatch.split(',').some((tag) => tag.trim() === present)) {
    throw new ServiceError('request.precondition-failed', 'The key is no longer in the state that If-Match names.', {
      headers: { etag: present },
    });
  }
}
