/** Bodies that work as they stand, for the documentation; ids and names are to be replaced. */
export const UPDATE_EXAMPLES = {
  access: { summary: 'Other access', value: { access: { search: [{ names: ['logs-*'] }] } } },
  metadata: { summary: 'Other metadata', value: { metadata: { team: 'search' } } },
  expiration: { summary: 'Another end', value: { expiration: '90d' } },
  identity: {
    summary: 'Only for one certificate (Elasticsearch 9.3)',
    value: { certificate_identity: 'CN=local-.*,OU=search,O=Org' },
  },
};
export const MATCH_EXAMPLES = {
  matches: {
    summary: 'One that matches',
    value: { certificate_identity: 'CN=local-.*,OU=search,O=Org', subject: 'CN=local-b,OU=search,O=Org' },
  },
};
export const ROTATE_EXAMPLES = {
  plain: { summary: 'The new key alone', value: {} },
  steps: {
    summary: 'With the steps to connect',
    value: { alias: 'cluster_one', mode: 'proxy', address: 'es.example.org:9443' },
  },
};
export const FINALIZE_EXAMPLES = {
  only: { summary: 'When there is one new key', value: {} },
  named: { summary: 'When there are several', value: { new_key_id: 'WeaCfGcBCdbkQm-e5aOx' } },
};
