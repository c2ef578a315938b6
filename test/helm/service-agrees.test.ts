import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { built, chart, only, readYaml, render, valueSets, type Json, type Manifest } from './support.ts';

const { loadSettings } = await built('config/load-settings.js');

/** A private key and the certificate that it signed for itself, for what the cluster would hold. */
const pem = execFileSync(
  'openssl',
  [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=latchkey',
    '-keyout',
    '-',
  ],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
);
const CERTIFICATE = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----'));
const PRIVATE_KEY = pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE-----'));

describe('the service itself', () => {
  for (const name of valueSets) {
    const manifests = render(name);
    it(`takes the settings that the chart writes with the values of ${name}`, () => {
      const env = Object.fromEntries(
        only(manifests, 'Deployment').spec.template.spec.containers[0].env.map((variable: Json) => [
          variable.name,
          variable.value,
        ]),
      );
      const settings = loadSettings(env, readMounted(manifests));
      assert.equal(settings.production, true);
      assert.equal(settings.elasticsearchTlsVerify, true);
      assert.equal([settings.port, settings.metricsPort].join(), '8080,9464');
    });
  }

  it('counts as managed the keys that the values say', () => {
    const manifests = render('production');
    const { managedKeysPolicy } = loadSettings(
      { NODE_ENV: 'production', LATCHKEY_CONFIG_FILE: '/etc/latchkey/config/latchkey.yaml' },
      readMounted(manifests),
    );
    assert.deepEqual(managedKeysPolicy.managers[0].match, { metadata: { managed_by: 'fleet', managed: 'true' } });
    assert.equal(managedKeysPolicy.templates[0].name, 'metrics-writer');
  });
});

describe('the schema and the README of the chart', () => {
  it('are what the settings of the service and values.yaml say', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [fileURLToPath(new URL('../../scripts/chart.mjs', import.meta.url)), '--check'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
  });

  it('name every value', () => {
    const readme = readFileSync(`${chart}/README.md`, 'utf8');
    const missing = leaves(readYaml(`${chart}/values.yaml`)).filter((path) => !readme.includes(`| \`${path}\` |`));
    assert.deepEqual(missing, []);
  });

  it('say the versions of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.equal(String(readYaml(`${chart}/Chart.yaml`).appVersion), version);
  });
});

/** What the container would read: ConfigMaps of the chart as rendered, made-up content for what the cluster holds. */
function readMounted(manifests: readonly Manifest[]): (path: string) => string {
  const { volumes, automountServiceAccountToken } = only(manifests, 'Deployment').spec.template.spec;
  return (path) => {
    if (automountServiceAccountToken === true && path.startsWith('/var/run/secrets/kubernetes.io/serviceaccount/'))
      return path.endsWith('/ca.crt') ? CERTIFICATE : 'made-up';
    const [, mount, file = ''] = /^\/etc\/latchkey\/([a-z-]+)\/(.+)$/.exec(path) ?? [];
    const volume = volumes.find((candidate: Json) => candidate.name === mount);
    if (volume === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
    const own = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === volume.configMap?.name,
    );
    if (own !== undefined) return own.data[file];
    if (file.endsWith('.key')) return PRIVATE_KEY;
    return /(ca|tls)/.test(mount ?? '') ? CERTIFICATE : 'made-up';
  };
}

function leaves(values: Json, path = ''): string[] {
  return Object.entries<Json>(values).flatMap(([name, value]) => {
    const here = path === '' ? name : `${path}.${name}`;
    return typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0 &&
      here !== 'settings' &&
      !here.endsWith('.labels')
      ? leaves(value, here)
      : [here];
  });
}
