import fc from 'fast-check';
import { ElasticsearchClock } from '../../src/elasticsearch/elasticsearch-clock.js';

/** A clock between two others that the test moves. */
class Fixture {
  monotonicMs = 1000;
  localMs = 1_800_000_000_000;
  readonly offsets: number[] = [];
  readonly clock = new ElasticsearchClock(
    { clockCompared: (offsetMs) => void this.offsets.push(offsetMs) },
    () => this.monotonicMs,
    () => this.localMs,
  );

  constructor(public aheadMs: number) {}

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.localMs += ms;
  }

  /** A call that takes `wayMs` there and `backMs` back. */
  call(wayMs: number, backMs: number): void {
    const sentAt = this.monotonicMs;
    this.pass(wayMs);
    const elasticsearchMs = this.localMs + this.aheadMs;
    this.pass(backMs);
    this.clock.read({ elasticsearchMs, sentAt, receivedAt: this.monotonicMs });
  }

  get errorMs(): number {
    return this.clock.now() - (this.localMs + this.aheadMs);
  }
}

describe('the time of Elasticsearch', () => {
  it('is the local time as long as nothing was told', () => {
    const fixture = new Fixture(660_000);
    expect(fixture.clock.now()).toBe(fixture.localMs);
    expect(fixture.clock.offsetMs).toBeUndefined();
    expect(fixture.clock.isStale).toBe(true);
  });

  it('is known to within the time of the shortest call, however far the clocks are apart', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -12 * 3_600_000, max: 12 * 3_600_000 }),
        fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 1, maxLength: 8 }),
        (aheadMs, calls) => {
          const fixture = new Fixture(aheadMs);
          for (const [wayMs, backMs] of calls) fixture.call(wayMs, backMs);
          const shortestMs = Math.min(...calls.map(([wayMs, backMs]) => wayMs + backMs));
          expect(Math.abs(fixture.errorMs)).toBeLessThanOrEqual(shortestMs + 2);
        },
      ),
    );
  });

  it('goes on evenly when the local clock is set', () => {
    const fixture = new Fixture(-15_000);
    fixture.call(5, 5);
    const before = fixture.clock.now();
    fixture.localMs += 3 * 3_600_000;
    fixture.monotonicMs += 1000;
    expect(fixture.clock.now() - before).toBe(1000);
  });

  it('follows when the clock of Elasticsearch is set', () => {
    const fixture = new Fixture(0);
    fixture.call(5, 5);
    fixture.aheadMs = 3 * 3_600_000;
    fixture.call(5, 5);
    expect(Math.abs(fixture.errorMs)).toBeLessThanOrEqual(12);
  });

  it('is asked for anew after a minute, and tells the offset each time', () => {
    const fixture = new Fixture(42_000);
    fixture.call(1, 1);
    expect(fixture.clock.isStale).toBe(false);
    fixture.pass(60_001);
    expect(fixture.clock.isStale).toBe(true);
    expect(fixture.offsets).toEqual([expect.any(Number)]);
    expect(Math.abs((fixture.offsets[0] ?? 0) - 42_000)).toBeLessThanOrEqual(3);
  });
});
