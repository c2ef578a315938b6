import { boolean, file, integer, time } from '../setting.js';

/** Keys that software owns. */
export const managedKeys = {
  managedKeysFile: file({
    name: 'LATCHKEY_MANAGED_KEYS_FILE',
    description:
      'YAML or JSON file with the rules by which keys count as managed by software: a list `managers` of label, ' +
      'owner, consequence and match (name_prefix, metadata, username, realm), and a list `templates` of keys ' +
      'that the service makes under its own name: name, role_descriptors, max_lifetime and allow (username, ' +
      'realm).',
  }),
};

/** What the service watches, and waits for. */
export const keyWatch = {
  keyWatchIntervalMs: integer({
    name: 'LATCHKEY_KEY_WATCH_INTERVAL_MS',
    description:
      'How often the service, with an identity of its own, counts keys, looks for the soonest expiry and for ' +
      'rotations that are stuck, and ends keys whose grace it keeps. 0 turns it off.',
    unit: 'ms',
    min: 0,
    max: 86_400_000,
    default: 60_000,
  }),
  licenseWarningDays: integer({
    name: 'LATCHKEY_LICENSE_WARNING_DAYS',
    description: 'How many days before its end the license of the cluster is warned about, once a day, in the log.',
    min: 0,
    max: 365,
    default: 14,
  }),
  invalidationSettleMs: integer({
    name: 'LATCHKEY_INVALIDATION_SETTLE_MS',
    description:
      'How long after Elasticsearch has answered an invalidation it is asked, in real time, whether the key is dead, ' +
      'before the request is answered. An update that overlapped the invalidation shows by then.',
    unit: 'ms',
    min: 0,
    max: 60_000,
    default: 1300,
  }),
};

/** How long keys live. */
export const keyLifetime = {
  maxKeyLifetime: time({
    name: 'LATCHKEY_MAX_KEY_LIFETIME',
    description: 'Longest life that a key may be given, as an Elasticsearch time value. Without it there is no limit.',
  }),
  requireKeyExpiration: boolean({
    name: 'LATCHKEY_REQUIRE_KEY_EXPIRATION',
    description: 'Refuses keys that never expire.',
    default: false,
  }),
};
