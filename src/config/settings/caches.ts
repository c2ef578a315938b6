import { choice, integer } from '../setting.js';

/** How fresh an answer is. */
export const caches = {
  createRefresh: choice({
    name: 'LATCHKEY_CREATE_REFRESH',
    description:
      'When a new key shows up in lists: at once (true), after the next refresh (wait_for answers then), or ' +
      'some time later (false).',
    values: ['true', 'false', 'wait_for'],
    default: 'true',
  }),
  privilegeCacheMs: integer({
    name: 'LATCHKEY_PRIVILEGE_CACHE_MS',
    description: 'How long a granted privilege is remembered. Refusals never are. 0 turns it off.',
    unit: 'ms',
    min: 0,
    max: 60_000,
    default: 5000,
  }),
  identityCacheMs: integer({
    name: 'LATCHKEY_IDENTITY_CACHE_MS',
    description: 'How long it is remembered whom a credential belongs to. 0 turns it off.',
    unit: 'ms',
    min: 0,
    max: 3_600_000,
    default: 60_000,
  }),
  licenseCacheMs: integer({
    name: 'LATCHKEY_LICENSE_CACHE_MS',
    description: "How long Elasticsearch's license is remembered. 0 turns it off.",
    unit: 'ms',
    min: 0,
    max: 300_000,
    default: 30_000,
  }),
};
