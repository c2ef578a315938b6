import { Injectable } from '@nestjs/common';
import { ElasticsearchClock } from '../elasticsearch/elasticsearch-clock.js';
import { type StateDocument, StateDocuments } from '../elasticsearch/state-documents.js';
import { ServiceError } from '../errors/service-error.js';
import type { JsonRecord } from '../json/json-record.js';

/** What is decided once for all replicas. */
export type StateKind = 'idempotency';

export interface Claim {
  /** Whether this call made the document; otherwise somebody else did before. */
  won: boolean;
  document: StateDocument;
}

/** One of several claims at the same moment can be removed again before the others have read it. */
const MAX_CLAIM_ROUNDS = 5;

/**
 * Decisions that all replicas hold to, also after a restart: documents that Elasticsearch lets be made once, in an index
 * of the service's own. Nothing secret is ever in one. A document whose time is over counts as absent.
 */
@Injectable()
export class StateStore {
  constructor(
    private readonly documents: StateDocuments,
    private readonly clock: ElasticsearchClock,
  ) {}

  /** False without an identity of the service: then nothing here can be called. */
  get available(): boolean {
    return this.documents.available;
  }

  /**
   * Makes the document of this kind and name, unless there is one: of all who try at the same moment exactly one wins.
   *
   * @param endsAt epoch milliseconds by Elasticsearch's clock, from when on it counts as absent.
   * @throws ServiceError `upstream.*`, `service-identity.*`; whether the document was made is then not known.
   */
  async claim(kind: StateKind, name: string, data: JsonRecord, endsAt: number): Promise<Claim> {
    for (let round = 0; round < MAX_CLAIM_ROUNDS; round += 1) {
      const made = await this.documents.create({ id: idOf(kind, name), kind, endsAt, data });
      if (made !== undefined) return { won: true, document: made };
      const present = await this.documents.read(idOf(kind, name));
      if (present === undefined) continue;
      if (!this.isOver(present)) return { won: false, document: present };
      const taken = await this.documents.replace(present, { data, endsAt });
      if (taken !== undefined) return { won: true, document: taken };
    }
    throw new ServiceError('upstream.busy', 'Others keep changing what this request needs to decide. Try again.');
  }

  /** Changes the very state that was read. @returns undefined when somebody else was first. @throws ServiceError */
  change(read: StateDocument, data: JsonRecord, endsAt = read.endsAt): Promise<StateDocument | undefined> {
    return this.documents.replace(read, { data, endsAt });
  }

  /** Removes the very state that was read. @returns whether it was still that. @throws ServiceError */
  remove(read: StateDocument): Promise<boolean> {
    return this.documents.remove(read);
  }

  /** Removes the documents whose time is over, one by one and only as they were read. @throws ServiceError */
  async sweep(): Promise<void> {
    const over = [{ range: { ends_at: { lt: this.clock.now() } } }];
    let after: string | undefined;
    do {
      const { documents, next } = await this.documents.search(over, after);
      for (const document of documents) await this.documents.remove(document);
      after = next;
    } while (after !== undefined);
  }

  private isOver({ endsAt }: StateDocument): boolean {
    return endsAt <= this.clock.now();
  }
}

function idOf(kind: StateKind, name: string): string {
  return `${kind}:${name}`;
}
