const MARKS = { managed_by: 'orders-platform', owner: 'team-orders', purpose: 'Writing the log of orders' };
const WRITER = { writer: { indices: [{ names: ['logs-orders'], privileges: ['create_doc'] }] } };
const ID = 'VuaCfGcBCdbkQm-e5aOx';
const NAME = 'orders-writer';
const REASON = 'Ticket OPS-1234';

/** Bodies that work as they stand, for the documentation; ids and names are to be replaced. */
export const CREATE_EXAMPLES = {
  caller: {
    summary: 'As the caller',
    value: { name: 'orders/exporter', ...MARKS, expiration: '90d', role_descriptors: WRITER },
  },
  service: {
    summary: 'Of the service, for a holder of manage_security',
    value: { name: 'orders/exporter', ...MARKS, as: 'service', expiration: '90d', role_descriptors: WRITER },
  },
  template: {
    summary: 'Of the service, by a template of the operator',
    value: { name: 'orders-writer/eu', ...MARKS, template: 'orders-writer' },
  },
};
export const UPDATE_EXAMPLES = {
  metadata: {
    summary: 'Other metadata; marks stay',
    value: { metadata: { env: 'prod' }, confirm: NAME, reason: REASON },
  },
  expiration: { summary: 'Another end', value: { expiration: '90d', confirm: NAME, reason: REASON } },
};
export const INVALIDATE_EXAMPLES = { one: { summary: 'Said by name', value: { confirm: NAME, reason: REASON } } };
export const INVALIDATE_MANY_EXAMPLES = {
  one: { summary: 'Each said by name', value: { ids: [ID], confirm: { [ID]: NAME }, reason: REASON } },
};
export const ROTATE_EXAMPLES = {
  owner: { summary: 'By its owner, or for a key of the service', value: { grace: '24h', reason: REASON } },
  holder: {
    summary: 'By a holder of the old secret (Elasticsearch 9.4)',
    value: { grace: '24h', reason: REASON, encoded: Buffer.from(`${ID}:the-old-secret`).toString('base64') },
  },
};
export const END_EXAMPLES = { ended: { summary: 'With its reason', value: { reason: REASON } } };
