import { WindowLimiter } from '../../src/timing/window-limiter.js';

describe('a limit of uses in a window of time', () => {
  let now: number;
  const limiterOf = (maxSubjects = 10): WindowLimiter => new WindowLimiter(1000, maxSubjects, () => now);
  const takes = (limiter: WindowLimiter, subject: string, times: number, limit = 2): number[] =>
    Array.from({ length: times }, () => limiter.take(subject, limit));

  beforeEach(() => (now = 5_000_000));

  test('lets as many through as it allows, and says of the others how long the window lasts', () => {
    const limiter = limiterOf();
    expect(takes(limiter, 'a', 2)).toEqual([0, 0]);
    now += 400;
    expect(takes(limiter, 'a', 2)).toEqual([600, 600]);
    now += 600;
    expect(takes(limiter, 'a', 3)).toEqual([0, 0, 1000]);
  });

  test('counts each subject alone', () => {
    const limiter = limiterOf();
    expect(takes(limiter, 'a', 3)).toEqual([0, 0, 1000]);
    expect(takes(limiter, 'b', 3)).toEqual([0, 0, 1000]);
  });

  test('does not count what it refused: a limit that is raised within the window leaves room', () => {
    const limiter = limiterOf();
    takes(limiter, 'a', 50);
    expect(takes(limiter, 'a', 3, 4)).toEqual([0, 0, 1000]);
  });

  test('forgets the least recent subjects beyond its bound', () => {
    const limiter = limiterOf(2);
    takes(limiter, 'a', 2);
    takes(limiter, 'b', 2);
    takes(limiter, 'c', 1);
    expect([limiter.take('b', 2), limiter.take('a', 2)]).toEqual([1000, 0]);
  });
});
