import { MovableClock } from '../support/clock.js';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import {
  basicOf,
  startUnderTest,
  type Answered,
  type CallName,
  type ServiceUnderTest,
} from '../support/fault-service.js';

let fake: FakeElasticsearch;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
});
afterAll(() => fake.close());

test.each<[kind: string, call: CallName, ok: number]>([
  ['READ', 'user-keys.list', 200],
  ['WRITE', 'user-keys.update', 200],
  ['MINT', 'user-keys.create', 201],
])(
  'a caller beyond its %s rate is refused before Elasticsearch is asked, and another caller is not',
  async (kind, call, ok) => {
    fake.forget();
    // All within one second.
    const clock = new MovableClock();
    clock.stop();
    const latchkey: ServiceUnderTest = await startUnderTest(fake, { [`LATCHKEY_RATE_${kind}_PER_SECOND`]: '1' });
    const send = (who: string): Promise<Answered> => {
      fake.addKey({ id: `key-of-${who}` });
      return latchkey.call(call, { authorization: basicOf(who) }, `key-of-${who}`);
    };
    const first = await send('eager');
    const before = fake.requests.length;
    const refused = await send('eager');
    expect([first.status, refused.status, refused.json['code']]).toEqual([ok, 429, 'rate.limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(fake.requests.length).toBe(before);
    expect((await send('patient')).status).toBe(ok);
    await latchkey.service.stop({ drainMs: 0 });
    clock.restore();
  },
);
