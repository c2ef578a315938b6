import { text } from '../setting.js';

/** What is decided once for all replicas. */
export const state = {
  stateIndex: text({
    name: 'LATCHKEY_STATE_INDEX',
    description:
      'Alias of the index in which the service, with an identity of its own, keeps what all replicas have to agree ' +
      'on: which request an Idempotency-Key belongs to. The service makes the index. It holds no secret.',
    pattern: /^[a-z0-9][a-z0-9._-]{0,200}$/,
    expects: 'the name of an index',
    default: 'latchkey-state',
  }),
};
