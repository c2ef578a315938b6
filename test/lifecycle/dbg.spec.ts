import { setTimeout as sleep } from 'node:timers/promises';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { startUnderTest } from '../support/fault-service.js';
test('dbg', async () => {
  const fake = await FakeElasticsearch.start();
  const latchkey = await startUnderTest(fake);
  fake.latencyMs.set('create', 300);
  const created = latchkey.call('user-keys.create');
  void created.then((c) => console.log('created', c.status, c.text), (e) => console.log('failed', e));
  while (fake.received('create').length !== 1) await sleep(10);
  void latchkey.service.stop().then(() => console.log('stopped'));
  await sleep(2500);
  console.log(fake.requests.map((r) => r.endpoint), latchkey.log());
  console.log((process as any)._getActiveHandles().map((h: any) => h.constructor.name + ' ' + (h.remotePort ?? '') + ' ' + (h.localPort ?? '')));
  await fake.close();
}, 8000);
