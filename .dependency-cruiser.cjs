/** The direction of dependencies; docs/architecture.md shows the same table. */
const { rooms } = require('./scripts/rooms.cjs');

const inside = (...folders) => `^src/(${folders.join('|')})/`;

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-may-import`,
  comment: `scripts/rooms.cjs says what src/${room} may import.`,
  severity: 'error',
  from: { path: inside(room) },
  to: { path: '^src/[^/]+/', pathNot: inside(room, ...allowed) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'known-rooms',
      comment: 'A folder of src has a row in scripts/rooms.cjs.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: inside(...Object.keys(rooms)) },
      to: {},
    },
    {
      name: 'keys-behind-routes',
      comment: 'Of src/keys only the routes know that there is HTTP.',
      severity: 'error',
      from: { path: '^src/keys/', pathNot: '^src/keys/(routes/|keys\\.module)' },
      to: { path: [inside('http'), '^src/keys/routes/'] },
    },
    {
      name: 'wings-apart',
      comment:
        'The wings of managed-keys stand on its own files, not on each other; the module and the watch join them.',
      severity: 'error',
      from: { path: '^src/managed-keys/(rotation|expiry)/' },
      to: { path: '^src/managed-keys/(rotation|expiry)/', pathNot: '^src/managed-keys/$1/' },
    },
    {
      name: 'wings-on-top',
      comment: 'What the wings stand on does not import them.',
      severity: 'error',
      from: {
        path: '^src/managed-keys/',
        pathNot: '^src/managed-keys/(rotation/|expiry/|managed-keys\\.module|key-watch\\.service)',
      },
      to: { path: '^src/managed-keys/(rotation|expiry)/' },
    },
    {
      name: 'service-owned-below',
      comment: 'What acts under the name of the service knows nothing of the routes.',
      severity: 'error',
      from: { path: '^src/managed-keys/service-owned/' },
      to: { path: '^src/managed-keys/', pathNot: '^src/managed-keys/service-owned/' },
    },
    {
      name: 'service-grants',
      comment: 'Only what decides whether the service may act under its own name makes the proof of it.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/managed-keys/service-owned/service-authority\\.ts$',
          '^src/managed-keys/rotation/(grace-notes|rotation-sweep)\\.ts$',
          '^src/credentials/keys/key-(maker|keeper)\\.service\\.ts$',
          '^src/credentials/leases/lease-reader\\.service\\.ts$',
        ],
      },
      to: { path: '^src/elasticsearch/service-grant\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing; put what they share below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
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
    {
      name: 'packages-stand-alone',
      comment: 'A package of the workspace is published by itself: it imports neither the service nor a dependency.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { pathNot: '^packages/$1/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'sandbox-only-from-main',
      comment: 'Only the start of the program may use the sandbox, which the image of production does not hold.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main\\.ts$' },
      to: { path: 'elasticsearch-security-sandbox' },
    },
    {
      name: 'no-tests-in-production',
      comment: 'src never imports test or a development dependency.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|packages/[^/]+/test)/' },
    },
    {
      name: 'resolvable',
      comment: 'Every import names something that is there and stands in package.json.',
      severity: 'error',
      from: { path: '^(src|packages)/' },
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
