import { confirmEnded, endKeys, invalidateAndConfirm, type EndingIdentity } from '../../src/keys/ending/end-keys.js';

/** Keys that an update revives as often as it is told to after an invalidation, and keys that are not to be invalidated. */
class Keys implements EndingIdentity {
  readonly alive = new Set<string>();
  readonly refusing = new Set<string>();
  readonly revivals = new Map<string, number>();
  readonly calls: string[] = [];

  constructor(...ids: string[]) {
    for (const id of ids) this.alive.add(id);
  }

  async living(ids: readonly string[]): Promise<string[]> {
    this.calls.push(`read ${ids.join()}`);
    return ids.filter((id) => this.alive.has(id));
  }

  async invalidate(ids: readonly string[]) {
    this.calls.push(`invalidate ${ids.join()}`);
    const allowed = ids.filter((id) => !this.refusing.has(id));
    const invalidated = allowed.filter((id) => this.alive.has(id));
    for (const id of allowed) {
      const revivals = this.revivals.get(id) ?? 0;
      if (revivals === 0) this.alive.delete(id);
      else this.alive.add(id);
      this.revivals.set(id, Math.max(0, revivals - 1));
    }
    return {
      invalidated,
      previouslyInvalidated: allowed.filter((id) => !invalidated.includes(id)),
      errors: ids.filter((id) => !allowed.includes(id)),
    };
  }
}

describe('the end of keys', () => {
  test('is reported for each key when it was seen', async () => {
    const keys = new Keys('a', 'b');
    expect([...(await invalidateAndConfirm(keys, ['a', 'b'], 0))]).toEqual([
      ['a', 'dead'],
      ['b', 'dead'],
    ]);
    expect(keys.calls).toEqual(['invalidate a,b', 'read a,b']);
  });

  test('is brought about again for a key that an update revived, and for no other', async () => {
    const keys = new Keys('a', 'b');
    keys.revivals.set('b', 2);
    expect(await endKeys(keys, ['a', 'b'], 0)).toEqual([]);
    expect(keys.calls).toEqual(['invalidate a,b', 'read a,b', 'invalidate b', 'read b', 'invalidate b', 'read b']);
  });

  test('is brought about again for a key that somebody else had invalidated before', async () => {
    const keys = new Keys('b');
    keys.revivals.set('a', 1);
    expect((await invalidateAndConfirm(keys, ['a'], 0)).get('a')).toBe('dead');
  });

  test('that Elasticsearch refuses is reported, and not tried again', async () => {
    const keys = new Keys('a', 'b');
    keys.refusing.add('b');
    expect(await endKeys(keys, ['a', 'b'], 0)).toEqual(['b']);
    expect(keys.calls).toEqual(['invalidate a,b', 'read a,b']);
  });

  test('of a key that always comes back is given up, and said not to have been confirmed', async () => {
    const keys = new Keys('a', 'b');
    keys.revivals.set('a', 100);
    await expect(endKeys(keys, ['a', 'b'], 0)).rejects.toMatchObject({ code: 'key.invalidation-unconfirmed' });
    expect(keys.calls.filter((call) => call === 'read a')).toHaveLength(3);
    expect(keys.calls.at(-1)).toBe('invalidate a');
  });

  test('can be confirmed of keys that were invalidated before', async () => {
    const keys = new Keys('b');
    expect([...(await confirmEnded(keys, ['a', 'b'], 0))]).toEqual([
      ['a', 'dead'],
      ['b', 'dead'],
    ]);
    expect(keys.calls).toEqual(['read a,b', 'invalidate b', 'read b']);
  });

  test('of no keys asks for nothing', async () => {
    const keys = new Keys();
    expect((await confirmEnded(keys, [], 0)).size).toBe(0);
    expect(keys.calls).toEqual([]);
  });
});
