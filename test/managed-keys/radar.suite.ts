import { until } from '../support/wait.ts';
import { codeOf, KEYS, type Fixture } from './fixture.ts';

export function radarSuite(fixture: () => Fixture): void {
  describe('expiry radar', () => {
    test('lists live keys that expire within the time given, the soonest first, page by page', async () => {
      const f = fixture();
      const owner = await f.makeUser(f.name('radar'), ['manage_own_api_key']);
      const [late, soon, next] = [
        await f.make(owner, { expiration: '20d' }),
        await f.make(owner, { expiration: '2d' }),
        await f.make(owner, { expiration: '5d', owner: 'team-b' }),
      ];
      await f.make(owner, { expiration: '60d' });
      await f.make(owner);
      const ended = await f.make(owner, { expiration: '1d' });
      await f.send(owner, 'DELETE', `${KEYS}/${ended.id}`, { confirm: ended.key.name, reason: 'x' });
      const ids = ({ items }: { items: Array<{ id: string }> }) => items.map(({ id }) => id);
      const before = Date.now();
      const whole = await f.send(owner, 'GET', `${KEYS}/_expiring`);
      const after = Date.now();
      expect(ids(whole.body)).toEqual([soon.id, next.id, late.id]);
      expect(Date.parse(whole.body.until)).toBeGreaterThanOrEqual(before + 30 * 86_400_000);
      expect(Date.parse(whole.body.until)).toBeLessThanOrEqual(after + 30 * 86_400_000);
      const first = await f.send(owner, 'GET', `${KEYS}/_expiring?within=21d&size=2`);
      const second = await f.send(owner, 'GET', `${KEYS}/_expiring?within=21d&size=2&cursor=${first.body.next_cursor}`);
      expect([ids(first.body), ids(second.body), second.body.next_cursor]).toEqual([
        [soon.id, next.id],
        [late.id],
        null,
      ]);
      expect(ids((await f.send(owner, 'GET', `${KEYS}/_expiring?owner=team-b`)).body)).toEqual([next.id]);
      expect(ids((await f.send(owner, 'GET', `${KEYS}/_expiring?within=3d`)).body)).toEqual([soon.id]);
      const bad = await f.send(owner, 'GET', `${KEYS}/_expiring?within=soon`);
      expect([codeOf(bad), bad.body.errors[0].pointer]).toEqual(['400 request.invalid', 'query:within']);
    });

    test('is a calendar that programs can subscribe to, whatever is in a name', async () => {
      const f = fixture();
      const owner = await f.makeUser(f.name('calendar'), ['manage_own_api_key']);
      const made = await f.make(owner, { name: `${f.run}, "rule"; BEGIN:VEVENT`, expiration: '2d' });
      const calendar = await f.send(owner, 'GET', `${KEYS}/_expiring.ics`);
      expect([calendar.status, calendar.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
      const lines = calendar.text.replace(/\r\n[ \t]/g, '').split('\r\n');
      expect(lines.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(1);
      expect(lines).toContain(`UID:${made.id}@latchkey`);
      expect(lines).toContain(`SUMMARY:API key expires: ${f.run}\\, "rule"\\; BEGIN:VEVENT`);
      const stamp = new Date(made.key.expiration).toISOString().replace(/[-:]|\.\d{3}/g, '');
      expect(lines).toContain(`DTSTART:${stamp}`);
    });

    test('the soonest expiry by manager, the counts of keys and the states of rotations are metrics', async () => {
      const f = fixture();
      const made = await f.make(f.callers.manageOwnApiKey, { name: `${f.run}-platform/metric`, expiration: '1h' });
      const pattern = new RegExp(
        `latchkey_managed_key_soonest_expiry_timestamp_seconds\\{manager="${f.run} platform"\\} (\\S+)`,
      );
      let text = '';
      await until(async () => {
        text = await f.latchkey.metrics();
        return pattern.test(text);
      });
      expect(Number(pattern.exec(text)?.[1]) * 1000).toBe(made.key.expiration);
      expect(text).toMatch(/latchkey_keys\{type="managed",status="active"\} [1-9]/);
      expect(text).toContain('latchkey_managed_key_rotations');
    });
  });
}
