import { describeWhere } from '../describe-where.ts';
import { describeReal, type ElasticsearchTarget, type RunningElasticsearch } from '../elasticsearch/index.ts';
import { ENVOY_VERSION, whyUnavailable } from './install.ts';

/** A describe block that needs a real Envoy and a real Elasticsearch, whose versions are put into the name. */
export async function describeEnvoyAndElasticsearch(
  target: ElasticsearchTarget,
  name: string,
  block: (es: () => RunningElasticsearch) => void,
): Promise<void> {
  const missing = await whyUnavailable();
  const full = `${name} (Envoy ${ENVOY_VERSION}, Elasticsearch ${target.version})`;
  if (missing !== undefined) return describeWhere(missing, full, () => undefined);
  await describeReal(target, full, block);
}
