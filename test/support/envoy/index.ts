/** Real Envoys for tests. See README.md beside this file. */
export { ENVOY_VERSION, whyUnavailable } from './install.ts';
export { startEnvoy, until, validateConfig, type RunningEnvoy } from './run.ts';
export { describeEnvoyAndElasticsearch } from './skip.ts';
