import { Injectable } from '@nestjs/common';
import { toTimeValue } from '../../keys/writing/expiration.js';
import type { Key } from '../../keys/model/key-model.js';
import type { KeyList } from '../../keys/reading/key-reader.service.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { ManagedKeysService } from '../managed-keys.service.js';

export interface ExpiringKeys extends KeyList {
  /** RFC 3339. */
  until: string;
}

export interface RadarQuestion {
  within?: string;
  manager?: string;
  owner?: string;
}

const DEFAULT_WITHIN = '30d';
const PAGE_SIZE = 100;
/** Entries of a calendar; who has more to watch filters by manager or owner. */
const MAX_CALENDAR_PAGES = 10;

/** Live managed keys that expire soon, the soonest first. */
@Injectable()
export class ExpiryRadar {
  constructor(private readonly keys: ManagedKeysService) {}

  /** @throws ServiceError `request.invalid` at `query:within`. */
  async page(
    caller: AuthorizedCaller,
    { within = DEFAULT_WITHIN, manager, owner }: RadarQuestion,
    size: number,
    cursor?: string,
  ): Promise<ExpiringKeys> {
    const now = Date.now();
    const span = toTimeValue(within, now, { pointer: 'query:within' }) ?? DEFAULT_WITHIN;
    const list = await this.keys.list(caller, {
      filters: { status: 'active' },
      // By Elasticsearch's clock, and the same text on every page, so that a cursor goes on with the same question.
      expiringWithin: span,
      sort: 'expiration',
      size,
      ...(cursor !== undefined && { cursor }),
      ...(manager !== undefined && { manager }),
      ...(owner !== undefined && { owner }),
    });
    return { ...list, until: new Date(now + Number.parseInt(span, 10) * 1000).toISOString() };
  }

  /** All of them, as far as a calendar is of use. */
  async all(caller: AuthorizedCaller, question: RadarQuestion): Promise<Key[]> {
    const found: Key[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_CALENDAR_PAGES; page += 1) {
      const { items, next_cursor: next } = await this.page(caller, question, PAGE_SIZE, cursor);
      found.push(...items);
      if (next === null) break;
      cursor = next;
    }
    return found;
  }
}
