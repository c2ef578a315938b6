/**
 * Which folders of src a folder may import. The rules of dependency-cruiser are made of this table, and docs/architecture.md
 * shows it; a test fails when the two differ.
 */
const ground = ['errors', 'json', 'redaction', 'operations', 'telemetry', 'timing', 'config', 'validation'];
const belowKeys = [...ground, 'identity', 'elasticsearch', 'state', 'audit', 'authorization', 'http'];
const belowFeatures = [...belowKeys, 'keys'];

module.exports = {
  ground,
  rooms: {
    errors: [],
    json: [],
    redaction: [],
    operations: [],
    telemetry: [],
    timing: [],
    config: ['errors'],
    validation: ['errors', 'json'],
    'workload-identity': ground,
    identity: [...ground, 'workload-identity'],
    elasticsearch: [...ground, 'identity'],
    state: [...ground, 'elasticsearch'],
    audit: [...ground, 'identity', 'elasticsearch'],
    authorization: [...ground, 'workload-identity', 'identity', 'elasticsearch', 'audit'],
    http: [...ground, 'workload-identity', 'identity', 'authorization'],
    keys: belowKeys,
    'envoy-config': ground,
    'user-keys': belowFeatures,
    'cross-cluster-keys': belowFeatures,
    'managed-keys': belowFeatures,
    credentials: [...belowFeatures, 'workload-identity', 'envoy-config'],
    session: belowFeatures,
    health: [...ground, 'elasticsearch', 'authorization'],
    observability: ground,
    openapi: [...ground, 'authorization', 'http'],
  },
};
