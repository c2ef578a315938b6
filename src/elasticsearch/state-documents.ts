import { ServiceError } from '../errors/service-error.js';
import { isRecord, type JsonRecord } from '../json/json-record.js';
import { expectArray, expectNumber, expectRecord, expectString } from './answer-shape.js';
import type { UpstreamCredential } from './credential.js';
import { ofService } from './service-refusal.js';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './upstream.js';

/** A document and the version of it that was read; only who names this version can change it. */
export interface StateDocument {
  id: string;
  kind: string;
  /** Epoch milliseconds; the document is of no use afterwards. */
  endsAt: number;
  data: JsonRecord;
  version: { seqNo: number; primaryTerm: number };
}

export type NewStateDocument = Omit<StateDocument, 'version'>;

/** Nobody may have made the index in between, or it was deleted while it was written to. */
const MAX_INDEX_ROUNDS = 3;
const PAGE_SIZE = 1000;

/** The index behind the alias. */
function backingIndex(alias: string): string {
  return `${alias}-000001`;
}

/** What the service's identity needs for an index of this name, as an entry of a role. */
export function stateIndexPrivileges(alias: string): JsonRecord {
  return { names: [alias, backingIndex(alias)], privileges: ['read', 'write', 'manage'] };
}

const MAPPINGS = {
  dynamic: 'strict',
  properties: {
    /** The id again: a search cannot sort by `_id`. */
    name: { type: 'keyword' },
    kind: { type: 'keyword' },
    ends_at: { type: 'date', format: 'epoch_millis' },
    /** Read by id only. */
    data: { type: 'object', enabled: false },
  },
};
const SETTINGS = { 'index.hidden': true, 'index.number_of_shards': 1, 'index.auto_expand_replicas': '0-2' };

/**
 * Documents in an index of the service's own, written with its identity. `create` and `replace` are decided by
 * Elasticsearch: of many at the same moment exactly one wins, and a read by id sees it at once.
 *
 * The name is an alias, and every write requires it: without that Elasticsearch would make a deleted index anew by
 * itself, with a mapping that takes anything.
 */
export class StateDocuments {
  constructor(
    private readonly upstream: Upstream,
    private readonly credential: UpstreamCredential | undefined,
    private readonly index: string,
    private readonly timeoutMs: number,
  ) {}

  /** Whether there is an identity to write with. */
  get available(): boolean {
    return this.credential !== undefined;
  }

  /** @returns the document as it was made, or undefined when one with this id is there already. @throws ServiceError */
  async create(document: NewStateDocument): Promise<StateDocument | undefined> {
    const answer = await this.write(`_create/${encodeURIComponent(document.id)}`, {}, document);
    return answer.status === 409 ? undefined : { ...document, version: versionOf(answer.body) };
  }

  /** @returns undefined when somebody else changed or removed the document since it was read. @throws ServiceError */
  async replace(
    read: StateDocument,
    change: Pick<StateDocument, 'endsAt' | 'data'>,
  ): Promise<StateDocument | undefined> {
    const next = { ...read, ...change };
    const answer = await this.write(`_doc/${encodeURIComponent(read.id)}`, versionQuery(read), next);
    return answer.status === 409 ? undefined : { ...next, version: versionOf(answer.body) };
  }

  /** As it is at this moment. @returns undefined where there is none. @throws ServiceError */
  async read(id: string): Promise<StateDocument | undefined> {
    const { status, body } = await this.call('read_state', 'GET', `_doc/${encodeURIComponent(id)}`, { answers: [404] });
    return status === 404 ? undefined : toDocument(body);
  }

  /** @returns whether this version was there to remove. @throws ServiceError */
  async remove(read: StateDocument): Promise<boolean> {
    const { status } = await this.call('remove_state', 'DELETE', `_doc/${encodeURIComponent(read.id)}`, {
      query: versionQuery(read),
      answers: [404, 409],
    });
    return status === 200;
  }

  /**
   * Documents of a kind that were there a second ago, by id; as a search sees them, so each has to be read again before
   * anything is done about it.
   *
   * @param after id of the last one of the page before.
   * @throws ServiceError
   */
  async search(filter: readonly JsonRecord[], after?: string): Promise<{ documents: StateDocument[]; next?: string }> {
    const { status, body } = await this.call('search_state', 'POST', '_search', {
      body: {
        size: PAGE_SIZE,
        query: { bool: { filter } },
        sort: [{ ends_at: 'asc' }, { name: 'asc' }],
        seq_no_primary_term: true,
        ...(after !== undefined && { search_after: JSON.parse(after) as unknown[] }),
      },
      answers: [404],
      retry: true,
    });
    if (status === 404) return { documents: [] };
    const hits = expectArray(expectRecord(expectRecord(body, 'search')['hits'], 'search.hits'), 'hits', 'search.hits');
    const last = hits.at(-1);
    const next = hits.length === PAGE_SIZE && isRecord(last) ? JSON.stringify(last['sort']) : undefined;
    return { documents: hits.map(toDocument), ...(next !== undefined && { next }) };
  }

  /** Makes the index with its alias unless it is there. @throws ServiceError */
  async ensureIndex(): Promise<void> {
    await this.send({
      endpoint: 'make_state_index',
      method: 'PUT',
      path: `/${encodeURIComponent(backingIndex(this.index))}`,
      body: {
        settings: SETTINGS,
        mappings: MAPPINGS,
        aliases: { [this.index]: { is_write_index: true, is_hidden: true } },
      },
      retry: false,
      answers: [400],
    });
  }

  private async write(
    path: string,
    query: Record<string, string>,
    document: NewStateDocument,
  ): Promise<UpstreamAnswer> {
    const { id, kind, endsAt, data } = document;
    for (let round = 1; ; round += 1) {
      const answer = await this.call('write_state', 'PUT', path, {
        query: { ...query, require_alias: 'true' },
        body: { name: id, kind, ends_at: endsAt, data },
        answers: [404, 409],
      });
      if (answer.status !== 404) return answer;
      if (round === MAX_INDEX_ROUNDS) throw new ServiceError('upstream.invalid', 'The state index cannot be made.');
      await this.ensureIndex();
    }
  }

  private call(
    endpoint: string,
    method: UpstreamRequest['method'],
    path: string,
    rest: Partial<Pick<UpstreamRequest, 'query' | 'body' | 'answers' | 'retry'>>,
  ): Promise<UpstreamAnswer> {
    return this.send({
      endpoint,
      method,
      path: `/${encodeURIComponent(this.index)}/${path}`,
      retry: method === 'GET',
      ...rest,
    });
  }

  private async send(request: Omit<UpstreamRequest, 'credential' | 'timeoutMs'>): Promise<UpstreamAnswer> {
    if (this.credential === undefined)
      throw new ServiceError(
        'service-identity.missing',
        'This needs an identity of the service, and none is configured.',
      );
    const { credential, timeoutMs } = this;
    try {
      return await this.upstream.exchange({ ...request, credential, timeoutMs });
    } catch (error) {
      throw ofService(error);
    }
  }
}

function versionQuery({ version }: StateDocument): Record<string, string> {
  return { if_seq_no: String(version.seqNo), if_primary_term: String(version.primaryTerm) };
}

function versionOf(body: unknown): StateDocument['version'] {
  const answer = expectRecord(body, 'state');
  return {
    seqNo: expectNumber(answer, '_seq_no', 'state'),
    primaryTerm: expectNumber(answer, '_primary_term', 'state'),
  };
}

function toDocument(hit: unknown): StateDocument {
  const found = expectRecord(hit, 'state');
  const source = expectRecord(found['_source'], 'state._source');
  return {
    id: expectString(found, '_id', 'state'),
    kind: expectString(source, 'kind', 'state'),
    endsAt: expectNumber(source, 'ends_at', 'state'),
    data: expectRecord(source['data'], 'state.data'),
    version: versionOf(found),
  };
}
