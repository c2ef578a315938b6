/** Real Elasticsearch nodes for tests. See README.md beside this file. */
export { createCallers, type Caller, type CallerName, type Callers } from './callers.ts';
export { startPair, whyPairUnavailable, type Pair } from './pair.ts';
export { whyUnavailable } from './shared.ts';
export { describeReal } from './skip.ts';
export { startElasticsearch } from './sources.ts';
export { type ElasticsearchTarget, type Endpoint, type License, type RunningElasticsearch } from './types.ts';
