import { setTimeout as sleep } from 'node:timers/promises';
import { seenAlive } from '../../support/wait.ts';
import { expectRefusedAt, KEYS, type World } from '../world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function expirationCases(w: World): void {
  describe('expiration', () => {
    test('a time value is counted from the creation, exactly', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const values = {
        '90s': 90_000,
        '45m': 2_700_000,
        '36h': 36 * HOUR_MS,
        '30d': 30 * DAY_MS,
        '2500ms': 2000,
        '36525d': 36_525 * DAY_MS,
      };
      for (const [expiration, ms] of Object.entries(values)) {
        const { id, key } = await w.create(own, { expiration });
        expect([expiration, key.expiration - key.creation]).toEqual([expiration, ms]);
        expect(key.expires_at).toBe(new Date(key.expiration).toISOString());
        if (ms < HOUR_MS) continue;
        expect(key.expires_in_days).toBe(Math.ceil(ms / DAY_MS));
        expect((await w.get(own, id)).expiration).toBe(key.expiration);
      }
    });

    test('an RFC 3339 instant is met to the second', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const at = Date.now() + 7 * DAY_MS;
      const utc = new Date(at).toISOString();
      const offset = `${new Date(at + 2 * HOUR_MS).toISOString().slice(0, -1)}+02:00`;
      for (const expiration of [utc, offset]) {
        const before = Date.now();
        const { key } = await w.create(own, { expiration });
        // Elasticsearch counts from the moment at which the call arrives there.
        const onTheWayMs = Date.now() - before;
        expect(Math.abs(key.expiration - at)).toBeLessThanOrEqual(1000 + onTheWayMs);
      }
    });

    test('what is past, too short, too far or no time is refused, and no key is made', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const name = w.name('bad-expiration');
      const past = new Date(Date.now() - 1000).toISOString();
      const bad = [
        '',
        '0s',
        '0',
        '-1',
        '-1d',
        '500ms',
        '1y',
        '1w',
        '1M',
        '5',
        'abc',
        '1.5d',
        '1D',
        ' 1d',
        '36526d',
        '106751991167d',
        past,
      ];
      const malformedInstants = [
        '2026-13-01T00:00:00Z',
        '2099-02-30T00:00:00Z',
        '2099-01-01T00:00:00',
        '2099-01-01',
        '9999-12-31T00:00:00Z',
      ];
      for (const expiration of [...bad, ...malformedInstants, 30, null, true])
        expectRefusedAt(await w.send(own, 'POST', KEYS, { name, expiration }), '/expiration');
      expect((await w.list(own, { name })).total).toBe(0);
    });

    test('a key that Elasticsearch lets live longer than a double can tell is listed, read and invalidated like any other', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const name = w.name('for-ever');
      const made = await w.elasticsearch(own, 'POST', '/_security/api_key?refresh=true', {
        name,
        expiration: '150000000d',
      });
      expect(made.status).toBe(200);
      const [key] = (await w.list(own, { name })).items;
      expect(key).toMatchObject({ status: 'active', expires_at: null });
      expect(key?.expiration).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
      expect((await w.send(own, 'DELETE', `${KEYS}/${key?.id}`)).status).toBe(204);
      expect((await w.get(own, String(key?.id))).status).toBe('invalidated');
    });

    test('a key of some seconds is refused by Elasticsearch after its end, and its status says expired', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key, encoded } = await seenAlive(
        (seconds) => w.create(own, { expiration: `${seconds}s` }),
        (made) => w.authenticates(made.encoded),
      );
      expect(key.status).toBe('active');
      await sleep(key.expiration - Date.now() + 150);
      const refused = await w.authenticate(encoded);
      expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('expired')]);
      expect(await w.get(own, id)).toMatchObject({ status: 'expired', expires_in_days: 0, invalidation: null });
      expect(await w.listNames(own, { name: key.name, status: 'expired' })).toEqual([key.name]);
      expect(await w.listNames(own, { name: key.name, status: 'active' })).toEqual([]);
      const refusal = await w.send({ authorization: `ApiKey ${encoded}` }, 'GET', '/v1/session');
      expect([refusal.status, refusal.body.code, refusal.body.detail]).toEqual([
        401,
        'auth.invalid',
        'The API key has expired.',
      ]);
    });
  });
}
