import { dump } from 'js-yaml';
import { invalidFields } from '../errors/service-error.js';
import { bootstrap } from './bootstrap.js';
import { contradictions } from './contradictions.js';
import { envoyFilter } from './istio.js';
import { kubernetesName } from './kubernetes-name.js';
import { secretFileNames, type ConfigPart, type EnvoyConfigParameters, type EnvoyProfile } from './parameters.js';
import { secretFile } from './secret-sources.js';

const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const LINE_WIDTH = 120;

/**
 * One part of the Envoy configuration for a profile, as YAML; nothing in it is secret. Parameters are those of a
 * checked EnvoyConfigQuery. Throws request.invalid when Envoy would crash, start without protection or never get a key.
 */
export function renderEnvoyConfig(profile: EnvoyProfile, parameters: EnvoyConfigParameters): string {
  if (!PROFILE_NAME.test(profile.name)) throw new Error(`a profile cannot be called ${JSON.stringify(profile.name)}`);
  const errors = contradictions(parameters);
  if (errors.length > 0) throw invalidFields(errors);
  const part = parameters.part ?? 'bootstrap';
  const text = dump(documentOf(part, profile, parameters), { lineWidth: LINE_WIDTH, noRefs: true });
  return [...heading(part, profile, parameters).map((line) => `# ${line}\n`), text].join('');
}

/** All files of a configuration, by their names in `config_folder`. */
export function renderEnvoyFiles(profile: EnvoyProfile, parameters: EnvoyConfigParameters): Record<string, string> {
  const files = secretFileNames(parameters).map((part) => [
    `${part}.yaml`,
    renderEnvoyConfig(profile, { ...parameters, part }),
  ]);
  return Object.fromEntries([
    ['envoy.yaml', renderEnvoyConfig(profile, { ...parameters, part: 'bootstrap' })],
    ...files,
  ]) as Record<string, string>;
}

function documentOf(part: ConfigPart, profile: EnvoyProfile, parameters: EnvoyConfigParameters): object {
  if (part === 'bootstrap') return bootstrap(profile, parameters);
  if (part === 'envoy_filter') return envoyFilter(profile, parameters);
  if (part === 'config_map') return configMap(profile, parameters);
  return secretFile(part, parameters);
}

function configMap(profile: EnvoyProfile, parameters: EnvoyConfigParameters): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: kubernetesName(`envoy-${profile.name}`) },
    data: renderEnvoyFiles(profile, parameters),
  };
}

function heading(part: ConfigPart, profile: EnvoyProfile, parameters: EnvoyConfigParameters): string[] {
  const title = `Latchkey, profile ${profile.name}: ${part}.`;
  if (part !== 'bootstrap') return [title];
  return [
    title,
    'Start with: envoy -c envoy.yaml --service-node "$POD_NAME"   (never with -l debug, which prints keys)',
    ...(parameters.latchkey_tls === false ? ['The token travels to Latchkey in clear text.'] : []),
    ...(parameters.elasticsearch_tls === false ? ['The key travels to Elasticsearch in clear text.'] : []),
  ];
}
