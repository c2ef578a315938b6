import { SERVICE_METADATA } from '../../keys/model/service-metadata.js';
import type { FilterTable } from '../../keys/reading/key-filters.js';
import type { Profile } from '../../config/profiles/profile.js';
import { isRecord, type JsonRecord } from '../../json/json-record.js';
import { namespaceOf } from '../profiles/allow-rules.js';
import type { Holder } from './holder.js';

const MANAGED_BY = 'latchkey';
const FORM = '1';
const MAX_NAME_LENGTH = 256;

/** What a key's metadata say of its lease; the only place where leases are kept. */
export interface LeaseMetadata {
  profile: string;
  subject: string;
  source: string;
  namespace?: string;
  instance?: string;
  /** Epoch milliseconds beyond which the key must not be stretched. */
  maxUntil: number;
}

/** Body of the create for a holder's key. `maxUntil`: epoch milliseconds. */
export function newKeyBody(holder: Holder, profile: Profile, maxUntil: number): JsonRecord {
  const { workload, instance } = holder;
  const namespace = namespaceOf(workload);
  return {
    name: `${MANAGED_BY}/${profile.name}/${shortSubject(workload.subject)}`.slice(0, MAX_NAME_LENGTH).trimEnd(),
    role_descriptors: profile.roleDescriptors,
    expiration: `${profile.ttlMs / 1000}s`,
    metadata: {
      ...profile.metadata,
      managed: true,
      managed_by: MANAGED_BY,
      [SERVICE_METADATA]: {
        lease: {
          form: FORM,
          profile: profile.name,
          subject: workload.subject,
          source: workload.source,
          ...(namespace !== undefined && { namespace }),
          ...(instance !== undefined && { instance }),
          max_until: maxUntil,
        },
      },
    },
  };
}

/** @returns undefined for a key that is no lease. */
export function leaseOf(metadata: JsonRecord): LeaseMetadata | undefined {
  const own = metadata[SERVICE_METADATA];
  const lease = isRecord(own) ? own['lease'] : undefined;
  if (metadata['managed_by'] !== MANAGED_BY || !isRecord(lease)) return undefined;
  const { profile, subject, source, namespace, instance, max_until: maxUntil } = lease;
  if (
    typeof profile !== 'string' ||
    typeof subject !== 'string' ||
    typeof source !== 'string' ||
    typeof maxUntil !== 'number'
  )
    return undefined;
  return {
    profile,
    subject,
    source,
    maxUntil,
    ...(typeof namespace === 'string' && { namespace }),
    ...(typeof instance === 'string' && { instance }),
  };
}

export interface LeaseFilters {
  profile?: string;
  subject?: string;
  namespace?: string;
}

const leaseTerm = (name: string, value: string): JsonRecord => ({
  term: { [`metadata.${SERVICE_METADATA}.lease.${name}`]: value },
});

export const LEASE_FILTERS: FilterTable<LeaseFilters> = {
  profile: (profile) => [leaseTerm('profile', profile)],
  subject: (subject) => [leaseTerm('subject', subject)],
  namespace: (namespace) => [leaseTerm('namespace', namespace)],
};

/** Clauses for `_query/api_key` that match the leases and nothing else. */
export const LEASES: readonly JsonRecord[] = [
  { term: { type: 'rest' } },
  { term: { 'metadata.managed_by': MANAGED_BY } },
  leaseTerm('form', FORM),
];

/** The telling end of a subject: a SPIFFE id's path, the rest as it is. */
function shortSubject(subject: string): string {
  return subject
    .replace(/^spiffe:\/\/[^/]*\//, '')
    .replace(/[^A-Za-z0-9._:/@#-]/g, '_')
    .slice(-120);
}
