import { describeWhere } from '../describe-where.ts';
import { sharedElasticsearch, whyUnobtainable } from './shared.ts';
import type { ElasticsearchTarget, RunningElasticsearch } from './types.ts';

/**
 * A describe block against the shared node of `target`; call it with top-level await. Where the target cannot be had
 * (what is missing is downloaded here, nothing is started) the block is skipped, its title says why, and the reason is
 * added to the file LATCHKEY_TEST_SKIPS; with LATCHKEY_REQUIRE_ELASTICSEARCH=1 it fails instead. A node that can be
 * had and does not start is always a failure. `es()` may be called from hooks and tests, not while collecting.
 */
export async function describeReal(
  target: ElasticsearchTarget,
  name: string,
  block: (es: () => RunningElasticsearch) => void,
): Promise<void> {
  const reason = (await whyUnobtainable(target))?.replace(/\s+/g, ' ');
  let node: RunningElasticsearch | undefined;
  const es = (): RunningElasticsearch => {
    if (node === undefined) throw new Error('the node is there only inside hooks and tests');
    return node;
  };

  describeWhere(reason, name, () => {
    beforeAll(async () => {
      node = await sharedElasticsearch(target);
    });
    block(es);
  });
}
