const READER = { reader: { indices: [{ names: ['orders-*'], privileges: ['read'] }] } };

/** Bodies that work as they stand, for the documentation; ids and names are to be replaced. */
export const CREATE_EXAMPLES = {
  limited: {
    summary: 'With some of the own rights',
    value: { name: 'orders-reader', expiration: '90d', role_descriptors: READER, metadata: { team: 'orders' } },
  },
  all: { summary: 'With all of the own rights', value: { name: 'orders-admin', expiration: '7d' } },
};
export const UPDATE_EXAMPLES = {
  metadata: { summary: 'Other metadata', value: { metadata: { team: 'orders' } } },
  rights: { summary: 'Other rights', value: { role_descriptors: READER } },
  expiration: { summary: 'Another end', value: { expiration: '90d' } },
};
