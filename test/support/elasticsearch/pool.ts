import { findWhyUnavailable, findWhyUnobtainable, startElasticsearch } from './sources.ts';
import type { ElasticsearchTarget, RunningElasticsearch } from './types.ts';

/** The nodes one process has started for sharing: one for each target, started when first asked for. */
export class NodePool {
  readonly #nodes = new Map<string, Promise<RunningElasticsearch>>();
  readonly #unavailable = new Map<string, Promise<string | undefined>>();
  readonly #unobtainable = new Map<string, Promise<string | undefined>>();

  get(target: ElasticsearchTarget): Promise<RunningElasticsearch> {
    return remembered(this.#nodes, target, startElasticsearch);
  }

  whyUnavailable(target: ElasticsearchTarget): Promise<string | undefined> {
    return remembered(this.#unavailable, target, findWhyUnavailable);
  }

  whyUnobtainable(target: ElasticsearchTarget): Promise<string | undefined> {
    return remembered(this.#unobtainable, target, findWhyUnobtainable);
  }

  /** Stops all, also those which are still starting. */
  async stop(): Promise<void> {
    const nodes = [...this.#nodes.values()];
    this.#nodes.clear();
    await Promise.all(
      nodes.map((node) =>
        node.then(
          (es) => es.stop(),
          () => undefined,
        ),
      ),
    );
  }
}

function remembered<T>(
  known: Map<string, Promise<T>>,
  target: ElasticsearchTarget,
  find: (target: ElasticsearchTarget) => Promise<T>,
): Promise<T> {
  const key = `${target.version} ${target.license}`;
  const value = known.get(key) ?? find(target);
  known.set(key, value);
  return value;
}
