import type { JsonRecord } from '../../json/json-record.js';
import type { KeyKind } from '../model/key-kind.js';
import type { FilterTable, KeyFilters } from './key-filters.js';
import type { KeySort } from './key-query.js';

export interface PageRequest {
  sort?: KeySort;
  /** 1..100 */
  size?: number;
  cursor?: string;
}

/**
 * The query of a list, as validated. Lists take it whole: an object made of some of its fields is of another type, so
 * that no controller can leave a filter out.
 */
export abstract class ListQuery {
  declare protected readonly whole: true;
}

/** The filters of a list beyond those that every list has. */
export type OwnFilters<Query> = Omit<Query, keyof KeyFilters | keyof PageRequest>;

/** What a list is of, and how the filters of its own that `Query` accepts are translated. */
export interface KeyListing<Query> {
  kind: KeyKind;
  /** Clauses that hold for every key of the list. */
  conditions?: readonly JsonRecord[];
  /** Common filters that hold for every key of the list. */
  preset?: KeyFilters;
  filters: FilterTable<OwnFilters<Query>>;
}
