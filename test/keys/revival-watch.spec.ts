import type { AuditEvent } from '../../src/audit/audit-event.js';
import type { AuditTrail } from '../../src/audit/audit-trail.js';
import { Auditor } from '../../src/audit/auditor.js';
import type { KeyProbe } from '../../src/elasticsearch/key-probe.js';
import { RevivalWatch } from '../../src/keys/ending/revival-watch.service.js';
import type { KeyWatchObserver } from '../../src/telemetry/key-watch-observer.js';

test('a key that comes back to life after its end was confirmed is ended again, counted and recorded', async () => {
  const alive = new Set(['b']);
  const recorded: AuditEvent[] = [];
  const { promise: counted, resolve } = Promise.withResolvers<number>();
  const watch = new RevivalWatch(
    { living: async (ids: readonly string[]) => ids.filter((id) => alive.has(id)) } as unknown as KeyProbe,
    new Auditor({ note: async (event: AuditEvent) => void recorded.push(event) } as unknown as AuditTrail),
    { keysRevived: resolve } as unknown as KeyWatchObserver,
  );
  const { promise: ended, resolve: end } = Promise.withResolvers<readonly string[]>();
  const invalidate = async (ids: readonly string[]) => {
    for (const id of ids) alive.delete(id);
    end(ids);
    return { invalidated: [...ids], previouslyInvalidated: [], errors: [] };
  };
  watch.watch({ invalidate }, ['a', 'b']);
  // Its timers do not keep a process alive, and nothing else does here.
  const awake = setInterval(() => undefined, 1000);
  expect(await Promise.all([counted, ended])).toEqual([1, ['b']]);
  clearInterval(awake);
  watch.onApplicationShutdown();
  expect(recorded).toMatchObject([{ event: 'key.revived-and-ended', key_ids: ['b'], outcome: 'success' }]);
});
