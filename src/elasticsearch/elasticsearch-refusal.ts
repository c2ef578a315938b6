import { isRecord, stringAt } from '../json/json-record.js';

/**
 * An error answer of Elasticsearch, taken apart. Stays inside this folder: its texts can quote nodes, indices and
 * input.
 */
export class ElasticsearchRefusal extends Error {
  override readonly name = 'ElasticsearchRefusal';

  constructor(
    readonly status: number,
    readonly type: string,
    /** The outermost reason. */
    readonly reason: string,
    /** The reason nearest to the cause, which says what was wrong with an input. */
    override readonly cause: { type: string; reason: string },
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
    readonly details: Readonly<Record<string, unknown>>,
  ) {
    super(`Elasticsearch answered ${status}`);
  }
}

export function toRefusal(
  status: number,
  body: unknown,
  headers: ElasticsearchRefusal['headers'],
): ElasticsearchRefusal {
  const error = isRecord(body) ? body['error'] : undefined;
  if (typeof error === 'string')
    return new ElasticsearchRefusal(status, 'none', error, { type: 'none', reason: error }, headers, {});
  if (!isRecord(error)) return new ElasticsearchRefusal(status, 'none', '', { type: 'none', reason: '' }, headers, {});
  const outer = describe(error);
  return new ElasticsearchRefusal(status, outer.type, outer.reason, innermost(error), headers, error);
}

function describe(error: Record<string, unknown>): { type: string; reason: string } {
  return { type: stringAt(error, 'type') ?? 'none', reason: stringAt(error, 'reason') ?? '' };
}

function innermost(error: Record<string, unknown>): { type: string; reason: string } {
  let current = error;
  for (let depth = 0; depth < 16; depth += 1) {
    const next = current['caused_by'];
    if (!isRecord(next) || stringAt(next, 'reason') === undefined) break;
    current = next;
  }
  return describe(current);
}
