import type { KeyKinds } from '../keys/model/key-kind.js';
import type { FilterTable } from '../keys/reading/key-filters.js';

export interface ManagedKeyFilters {
  /** Label of the manager. */
  manager?: string;
  /** `metadata.owner`. */
  owner?: string;
}

export function managedKeyFilters(kinds: KeyKinds): FilterTable<ManagedKeyFilters> {
  return {
    manager: (label) => [kinds.managerQuery(label)],
    owner: (owner) => [{ term: { 'metadata.owner': owner } }],
  };
}
