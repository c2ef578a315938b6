/**
 * The direction of dependencies (docs/architecture):
 *   features -> {authorization, audit, api-keys} -> elasticsearch -> identity -> {errors, config}
 * `json` and `validation` are libraries beside errors and config. main, app.module and openapi put the parts together.
 */
const features = ['user-keys', 'cross-cluster-keys', 'managed-keys', 'credentials', 'session', 'license'];
const helpers = ['authorization', 'audit', 'api-keys'];
const ground = ['errors', 'config', 'json', 'validation'];

const inside = (...folders) => `^src/(${folders.join('|')})/`;

/** `folders` may import each other's files only where `allowed` names the target. */
const only = (name, folders, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: inside(...folders) },
  to: { path: '^src/', pathNot: inside(...allowed) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing; put what they share below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'features-apart',
      comment: 'A feature never imports another: what they share belongs into api-keys.',
      severity: 'error',
      from: { path: `^src/(${features.join('|')})/` },
      to: { path: inside(...features), pathNot: '^src/$1/' },
    },
    {
      name: 'nothing-imports-features',
      comment: 'Features are on top; only the application and the document emitter put them together.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: inside(...features, 'openapi') },
      to: { path: inside(...features) },
    },
    only(
      'ground-stands-alone',
      ['errors', 'json', 'validation'],
      ['errors', 'json', 'validation'],
      'errors, json and validation import nothing above them.',
    ),
    only('config-stands-alone', ['config'], ['config', 'errors'], 'config imports nothing above it.'),
    only('identity-direction', ['identity'], ['identity', 'http', ...ground], 'identity knows errors, config and the shapes of http.'),
    {
      name: 'identity-takes-shapes-only',
      comment: 'From http, identity takes types and no code.',
      severity: 'error',
      from: { path: inside('identity') },
      to: { path: inside('http'), dependencyTypesNot: ['type-only'] },
    },
    only(
      'elasticsearch-direction',
      ['elasticsearch'],
      ['elasticsearch', 'identity', 'observability', ...ground],
      'elasticsearch knows who calls and nothing of the features.',
    ),
    only(
      'helpers-direction',
      helpers,
      [...helpers, 'elasticsearch', 'identity', 'http', 'observability', ...ground],
      'authorization, audit and api-keys are used by the features, not the other way round.',
    ),
    {
      name: 'observability-users',
      comment: 'Metrics and logs are written where requests pass: main, app, http, health and elasticsearch; audit writes its log.',
      severity: 'error',
      from: {
        path: '^src/[^/]+/',
        pathNot: inside('observability', 'http', 'health', 'elasticsearch', 'authorization', 'audit'),
      },
      to: { path: inside('observability') },
    },
    {
      name: 'one-elasticsearch-client',
      comment: 'Only src/elasticsearch speaks to Elasticsearch.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside('elasticsearch') },
      to: { path: '(^|/)(node_modules/)?@elastic/' },
    },
    {
      name: 'one-web-server',
      comment: 'Fastify is known to src/http, to main that starts it and to the emitter of the document.',
      severity: 'error',
      from: { path: '^src/', pathNot: [inside('http', 'openapi'), '^src/main\\.ts$'] },
      to: { path: '(^|/)(node_modules/)?(fastify|@fastify/[^/]+|@nestjs/platform-fastify)(/|$)' },
    },
    only('sandbox-stands-alone', ['sandbox'], ['sandbox'], 'The sandbox is a stand-in for another program and shares nothing.'),
    {
      name: 'sandbox-only-from-main',
      comment: 'Only the start of the program may use the sandbox.',
      severity: 'error',
      from: { path: '^src/', pathNot: [inside('sandbox'), '^src/main\\.ts$'] },
      to: { path: inside('sandbox') },
    },
    {
      name: 'no-tests-in-production',
      comment: 'src never imports test or a development dependency.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'resolvable',
      comment: 'Every import names something that is there and stands in package.json.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'production-dependencies',
      comment: 'What src imports is installed with the service.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
