/** Real Envoys for tests. See README.md beside this file. */
export { ENVOY_VERSION, whyUnavailable } from './install.ts';
export { startEnvoy, until, validateConfig, type EnvoyOptions, type RunningEnvoy } from './run.ts';
export { describeEnvoy, describeEnvoyAndElasticsearch } from './skip.ts';
