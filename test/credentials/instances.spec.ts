import { Instances } from '../../src/credentials/keys/instances.js';

const NONE_HELD = (): boolean => false;

describe('the Envoys that share a key', () => {
  let instances: Instances;
  let closed: Set<string>;
  let now: number;

  beforeEach(() => {
    instances = new Instances();
    closed = new Set();
    now = 1000;
  });

  const poll = (connection: string, reported: string | undefined, nodeId = 'orders') => {
    now += 1;
    return instances.seen(
      { key: `${nodeId} ${connection}`, nodeId, reported, gone: () => closed.has(connection) },
      now,
    );
  };
  const used = (): unknown[] => instances.all().map(({ reported }) => reported);

  test('one whose new connection was there before the old one was closed is one Envoy, as soon as that is closed', () => {
    poll('old', 'k1');
    poll('new', 'k1');
    expect(used()).toEqual(['k1', 'k1']);
    closed.add('old');
    poll('new', 'k2');
    expect(used()).toEqual(['k2']);
  });

  test('one that was started anew, or was given a key elsewhere meanwhile, is the same Envoy when nobody else has its name', () => {
    for (const reported of [undefined, 'of another replica']) {
      poll('old', 'k1', `orders ${reported}`);
      closed.add('old');
      poll('new', reported, `orders ${reported}`);
    }
    expect(used()).toEqual([undefined, 'of another replica']);
  });

  test('of several that share a name the one that leaves keeps its place, though another goes on and connects anew', () => {
    poll('leaves', 'k1');
    poll('stays', 'k1');
    poll('leaves', 'k1');
    closed.add('leaves');
    poll('stays', 'k2');
    closed.add('stays');
    poll('anew', 'k2');
    expect(used()).toEqual(['k1', 'k2']);
  });

  test('one that is silent is forgotten, unless it uses a key that is held here', () => {
    poll('a', 'k1', 'a');
    poll('b', 'k2', 'b');
    instances.forget(100, now + 101, (id) => id === 'k1');
    expect(used()).toEqual(['k1']);
    instances.forget(100, now + 101, NONE_HELD);
    expect(instances.size).toBe(0);
  });

  test('there is room for ten thousand; one more is not remembered', () => {
    for (let count = 0; count < 10_000; count += 1)
      instances.seen({ key: String(count), nodeId: String(count), reported: 'k1', gone: () => false }, now);
    expect([poll('one more', 'k1'), instances.size]).toEqual([undefined, 10_000]);
  });
});
