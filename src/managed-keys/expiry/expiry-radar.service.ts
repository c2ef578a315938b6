import { Injectable } from '@nestjs/common';
import { KeyKinds } from '../../keys/model/key-kind.js';
import type { Key } from '../../keys/model/key-model.js';
import { NOT_OF_THE_SERVICE } from '../../keys/model/service-metadata.js';
import { KeyReader, type KeyList } from '../../keys/reading/key-reader.service.js';
import type { KeyListing, PageRequest } from '../../keys/reading/list-query.js';
import { toTimeValue } from '../../keys/writing/expiration.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { managedKeyFilters } from '../managed-key-filters.js';
import type { CalendarQuery } from './expiry.dto.js';

export interface ExpiringKeys extends KeyList {
  /** RFC 3339. */
  until: string;
}

const DEFAULT_WITHIN = '30d';
const PAGE_SIZE = 100;
/** Entries of a calendar; who has more to watch filters by manager or owner. */
const MAX_CALENDAR_PAGES = 10;

/** Live managed keys that expire soon, the soonest first. */
@Injectable()
export class ExpiryRadar {
  constructor(
    private readonly reader: KeyReader,
    private readonly kinds: KeyKinds,
  ) {}

  /** @throws ServiceError `request.invalid` at `query:within`. */
  async page(
    caller: AuthorizedCaller,
    query: CalendarQuery,
    { size, cursor }: Pick<PageRequest, 'size' | 'cursor'>,
  ): Promise<ExpiringKeys> {
    const now = Date.now();
    const span = toTimeValue(query.within ?? DEFAULT_WITHIN, now, { pointer: 'query:within' }) ?? DEFAULT_WITHIN;
    const list = await this.reader.list(caller, this.endingWithin(span), query, {
      sort: 'expiration',
      ...(size !== undefined && { size }),
      ...(cursor !== undefined && { cursor }),
    });
    return { ...list, until: new Date(now + Number.parseInt(span, 10) * 1000).toISOString() };
  }

  /** All of them, as far as a calendar is of use. */
  async all(caller: AuthorizedCaller, query: CalendarQuery): Promise<Key[]> {
    const found: Key[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_CALENDAR_PAGES; page += 1) {
      const { items, next_cursor: next } = await this.page(caller, query, {
        size: PAGE_SIZE,
        ...(cursor !== undefined && { cursor }),
      });
      found.push(...items);
      if (next === null) break;
      cursor = next;
    }
    return found;
  }

  private endingWithin(span: string): KeyListing<CalendarQuery> {
    return {
      kind: 'managed',
      preset: { status: 'active' },
      // By Elasticsearch's clock, and the same string on every page, so that a cursor belongs to the same query.
      conditions: [NOT_OF_THE_SERVICE, { range: { expiration: { lte: `now+${span}` } } }],
      // `within` is in the conditions, since it has a default.
      filters: { within: () => [], ...managedKeyFilters(this.kinds) },
    };
  }
}
