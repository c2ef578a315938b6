import type { KeyKinds } from '../../src/keys/model/key-kind.js';
import { KeyListQuery } from '../../src/keys/fields/key.dto.js';
import { KEY_FILTERS, type FilterTable, type KeyFilters } from '../../src/keys/reading/key-filters.js';
import type { KeyReader } from '../../src/keys/reading/key-reader.service.js';
import { ListQuery, type KeyListing, type OwnFilters } from '../../src/keys/reading/list-query.js';
import type { KeyRoutes } from '../../src/keys/routes/key-routes.service.js';
import type { AuthorizedCaller } from '../../src/identity/request-context.js';
import { LEASE_FILTERS, type LeaseFilters } from '../../src/credentials/keys/lease-metadata.js';
import type { LeaseListQuery } from '../../src/credentials/operators/operators.dto.js';
import { managedKeyFilters } from '../../src/managed-keys/managed-key-filters.js';
import type { ManagedKeyListQuery } from '../../src/managed-keys/managed-keys.dto.js';

/** Never run: `npm run typecheck` fails when one of the marked lines compiles. */

class WithTeam extends KeyListQuery {
  team?: string;
}

class WithOtherStatus extends ListQuery {
  status?: 'asleep';
}

const USER_KEYS: KeyListing<KeyListQuery> = { kind: 'user', filters: {} };

export function anInputFilterNeedsATranslation(
  reader: KeyReader,
  routes: KeyRoutes,
  caller: AuthorizedCaller,
  query: WithTeam,
  kinds: KeyKinds,
): void {
  void reader.list(caller, { kind: 'user', filters: { team: (team) => [{ term: { 'metadata.team': team } }] } }, query);
  // @ts-expect-error -- a list without filters of its own
  void reader.list(caller, { kind: 'user', filters: {} }, query);
  // @ts-expect-error -- a list that was declared for another input
  void reader.list(caller, USER_KEYS, query);
  // @ts-expect-error -- the routes that all types of keys share
  void routes.list(caller, USER_KEYS, query);
  // @ts-expect-error -- managed keys
  const managed: FilterTable<OwnFilters<ManagedKeyListQuery & { team?: string }>> = managedKeyFilters(kinds);
  // @ts-expect-error -- leases
  const leases: FilterTable<LeaseFilters & { team?: string }> = LEASE_FILTERS;
  // @ts-expect-error -- the filters of every list
  const common: FilterTable<KeyFilters & { team?: string }> = KEY_FILTERS;
  void [managed, leases, common];
}

export function aTranslationNeedsAnInputFilterOfItsType(
  reader: KeyReader,
  caller: AuthorizedCaller,
  query: LeaseListQuery,
  other: WithOtherStatus,
): void {
  // @ts-expect-error -- nobody can ask for it
  void reader.list(caller, { kind: 'managed', filters: { ...LEASE_FILTERS, team: () => [] } }, query);
  // @ts-expect-error -- not the statuses that the translation knows
  void reader.list(caller, { kind: 'user', filters: {} }, other);
}

export function noFilterIsLeftOutByHand(
  reader: KeyReader,
  caller: AuthorizedCaller,
  query: KeyListQuery,
  leases: KeyListing<LeaseListQuery>,
  leaseQuery: LeaseListQuery,
): void {
  const { name, ...others } = query;
  const { profile, subject } = leaseQuery;
  // @ts-expect-error -- one filter picked by its name
  void reader.list(caller, USER_KEYS, { name });
  // @ts-expect-error -- the rest
  void reader.list(caller, USER_KEYS, others);
  // @ts-expect-error -- a copy, whose fields can be left out as well
  void reader.list(caller, USER_KEYS, { ...query });
  // @ts-expect-error -- some filters of leases
  void reader.list(caller, leases, { profile, subject });
  void reader.list(caller, USER_KEYS, query);
  void reader.list(caller, leases, leaseQuery);
}
