/** What the stand-in answers: shaped like Elasticsearch 9.5's answers, each key about 1 KB of JSON. */

const CREATION = 1_764_000_000_000;

export const CREATED_KEY = {
  id: 'VuaCfGcBCdbkQm-e5aOx',
  name: 'bench-writer',
  expiration: 1_795_536_000_000,
  api_key: 'ui2lp2axTNmsyakw9tvNnw',
  encoded: 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==',
};

export const ROLE_DESCRIPTORS = {
  writer: {
    cluster: ['monitor'],
    indices: [
      {
        names: ['logs-orders-*', 'metrics-orders-*'],
        privileges: ['auto_configure', 'create_doc'],
        allow_restricted_indices: false,
      },
      {
        names: ['orders-v1'],
        privileges: ['read', 'view_index_metadata'],
        field_security: { grant: ['order.*', 'customer.id', '@timestamp'] },
        allow_restricted_indices: false,
      },
    ],
    applications: [],
    run_as: [],
    metadata: {},
    transient_metadata: { enabled: true },
  },
};

export const METADATA = {
  team: 'orders',
  environment: { name: 'production', region: 'eu-central-1', tags: ['orders', 'writer', 'bench'] },
  ticket: 'OPS-4711',
  note: 'Made by the deployment of the order service; replaced with every release.',
};

const KEY = {
  id: CREATED_KEY.id,
  name: CREATED_KEY.name,
  type: 'rest',
  creation: CREATION,
  expiration: CREATED_KEY.expiration,
  invalidated: false,
  username: 'orders-deployer',
  realm: 'default_native',
  realm_type: 'native',
  metadata: METADATA,
  role_descriptors: ROLE_DESCRIPTORS,
};

const LISTED = Array.from({ length: 50 }, (_, index) => {
  const creation = CREATION - index * 1000;
  const name = `${KEY.name}-${index}`;
  return {
    ...KEY,
    id: `VuaCfGcBCdbkQm-e5b${String(index).padStart(2, '0')}`,
    name,
    creation,
    _sort: [creation, name, KEY.username, KEY.realm],
  };
});

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export const ANSWERS = {
  oneKey: bytes({ total: 1, count: 1, api_keys: [KEY] }),
  fiftyKeys: bytes({ total: LISTED.length, count: LISTED.length, api_keys: LISTED }),
  created: bytes(CREATED_KEY),
  caller: bytes({
    username: KEY.username,
    roles: ['deployer'],
    full_name: null,
    email: null,
    metadata: {},
    enabled: true,
    authentication_realm: { name: KEY.realm, type: KEY.realm_type },
    lookup_realm: { name: KEY.realm, type: KEY.realm_type },
    authentication_type: 'realm',
  }),
  privileges: bytes({
    username: KEY.username,
    has_all_requested: false,
    cluster: {
      manage_security: false,
      read_security: false,
      manage_api_key: false,
      manage_own_api_key: true,
      monitor: true,
    },
    index: {},
    application: {},
  }),
};
