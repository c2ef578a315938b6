/**
 * Lets one piece of work at a time touch a key within this replica. Elasticsearch itself does not: an update that
 * overlaps an invalidation can bring the key back to life (its version check never bites).
 */
export class KeyLocks {
  private readonly tails = new Map<string, Promise<void>>();

  /**
   * Runs `work` when nothing else holds any of the keys. All keys are claimed at once, so two batches cannot deadlock.
   */
  async run<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    const claimed = [...new Set(ids)];
    const before = claimed.flatMap((id) => this.tails.get(id) ?? []);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    for (const id of claimed) this.tails.set(id, held);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      for (const id of claimed) if (this.tails.get(id) === held) this.tails.delete(id);
      release();
    }
  }
}
