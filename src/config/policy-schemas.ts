import { MANAGED_KEYS_SCHEMA } from './managed-keys-schema.js';
import { PROFILES_SCHEMA } from './profiles/profiles-schema.js';
import { WORKLOAD_ISSUERS_SCHEMA } from './workload-issuers-schema.js';

/** The published schemas of all policy files, by their names in docs. */
export const POLICY_SCHEMAS = {
  'managed-keys.schema.json': MANAGED_KEYS_SCHEMA,
  'profiles.schema.json': PROFILES_SCHEMA,
  'workload-issuers.schema.json': WORKLOAD_ISSUERS_SCHEMA,
} as const;
