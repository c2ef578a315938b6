import { file, integer } from '../setting.js';

/** Keys for sidecars. */
export const credentials = {
  profilesFile: file({
    name: 'LATCHKEY_PROFILES_FILE',
    description:
      'YAML or JSON file with the credential profiles for sidecars (docs/profiles.schema.json). Needs a service ' +
      'identity. Read again when it changes.',
  }),
  profilesReloadMs: integer({
    name: 'LATCHKEY_PROFILES_RELOAD_MS',
    description: 'How often the profiles file is looked at for changes.',
    unit: 'ms',
    min: 50,
    max: 3_600_000,
    default: 3000,
  }),
  credentialsCheckMs: integer({
    name: 'LATCHKEY_CREDENTIALS_CHECK_MS',
    description:
      'How often each replica asks Elasticsearch, with one query, which keys of sidecars were invalidated ' +
      'elsewhere; so long may a sidecar keep a revoked key.',
    unit: 'ms',
    min: 50,
    max: 600_000,
    default: 3000,
  }),
  sdsHoldMs: integer({
    name: 'LATCHKEY_SDS_HOLD_MS',
    description:
      'Longest time that a poll of Envoy is held open, within what the poll itself allows. 0 answers every poll ' +
      'at once.',
    unit: 'ms',
    min: 0,
    max: 120_000,
    default: 25_000,
  }),
};
