import type { JsonRecord } from '../../json/json-record.js';
import type { ElasticsearchKey, KeyPage } from '../../elasticsearch/elasticsearch-types.js';

/** Keys of one page, and of one call that names keys. */
export const PAGE = 1000;

/**
 * All keys that match, page by page in the order of a time. Each page begins at the time where the one before ended,
 * and not at a number: keys that die meanwhile leave the set, and those behind them would move into pages that were
 * read.
 */
export async function* walkKeys(
  read: (body: JsonRecord) => Promise<KeyPage>,
  conditions: readonly JsonRecord[],
  time: 'creation' | 'invalidation',
): AsyncGenerator<ElasticsearchKey[], void> {
  const sort = [{ [time]: { order: 'asc' } }];
  let position: JsonRecord = { filter: conditions };
  let reached: number | undefined;
  let seenThere: string[] = [];
  for (;;) {
    const { keys } = await read({ query: { bool: position }, size: PAGE, sort });
    if (keys.length > 0) yield keys;
    const end = keys.at(-1)?.[time];
    if (keys.length < PAGE || end === undefined) return;
    // Others can have the very same time.
    seenThere = [...(end === reached ? seenThere : []), ...keys.filter((key) => key[time] === end).map(({ id }) => id)];
    reached = end;
    position = {
      filter: [...conditions, { range: { [time]: { gte: end } } }],
      must_not: [{ ids: { values: seenThere } }],
    };
  }
}
