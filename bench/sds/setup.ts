import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Certificates } from '../../test/support/workload/certificates.ts';
import { freePort } from '../../test/support/free-port.ts';
import { launch, LOAD_CORE, type Running, SERVER_CORE } from '../processes.ts';
import type { Identity } from './sidecar.ts';

export const PROFILE = 'bench';
const PASSWORD = 'bench-sandbox-password';
const START_LIMIT_MS = 30_000;

export interface Stage {
  latchkey: Running;
  meshPort: number;
  metrics(): Promise<string>;
  identities: Identity[];
  ca: string;
  /** Gives the profile other rights, so that every sidecar needs a new key. */
  changeRights(): void;
  stop(): Promise<void>;
}

/** Latchkey on one core with its mesh port, in front of the sandbox, and certificates for the workloads. */
export async function setStage(workloads: number, holdMs: number): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-sds-'));
  const profiles = join(folder, 'profiles.json');
  const write = (privilege: string): void =>
    writeFileSync(
      profiles,
      JSON.stringify({
        profiles: [
          {
            name: PROFILE,
            ttl: '1h',
            role_descriptors: { r: { indices: [{ names: ['logs'], privileges: [privilege] }] } },
            allow: [{ spiffe_pattern: 'spiffe://cluster.local/ns/bench/sa/*' }],
          },
        ],
      }),
    );
  write('create_doc');
  const pki = new Certificates();
  const ca = pki.authority();
  const server = pki.issue({ san: ['DNS.1 = localhost'] });
  const identities = Array.from({ length: workloads }, (_, index) =>
    pki.workload(`spiffe://cluster.local/ns/bench/sa/w${index}`),
  );
  const [sandboxPort, port, meshPort, metricsPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const sandbox = launch(
    {
      args: [
        'packages/elasticsearch-security-sandbox/dist/cli.js',
        '--port',
        String(sandboxPort),
        '--password',
        PASSWORD,
      ],
      core: LOAD_CORE,
    },
    sandboxPort,
  );
  const latchkey = launch(
    {
      args: ['dist/main.js'],
      core: SERVER_CORE,
      env: {
        NODE_ENV: 'production',
        LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH: 'true',
        ELASTICSEARCH_URL: `http://127.0.0.1:${sandboxPort}`,
        ELASTICSEARCH_SERVICE_USERNAME: 'elastic',
        ELASTICSEARCH_SERVICE_PASSWORD: PASSWORD,
        LATCHKEY_HOST: '127.0.0.1',
        LATCHKEY_PORT: String(port),
        LATCHKEY_METRICS_PORT: String(metricsPort),
        LATCHKEY_MESH_PORT: String(meshPort),
        LATCHKEY_TLS_CERT_FILE: pki.write('server.pem', server.cert),
        LATCHKEY_TLS_KEY_FILE: pki.write('server.key', server.key),
        LATCHKEY_MESH_CLIENT_CA_FILE: pki.path('ca.pem'),
        LATCHKEY_MESH_TRUST_DOMAINS: 'cluster.local',
        LATCHKEY_MESH_CONNECTION_MAX_AGE_MS: '3600000',
        LATCHKEY_RATE_MESH_PER_SECOND: '0',
        LATCHKEY_KEEP_ALIVE_TIMEOUT_MS: '600000',
        LATCHKEY_AUDIT_FILE: join(folder, 'audit.jsonl'),
        LATCHKEY_PROFILES_FILE: profiles,
        LATCHKEY_PROFILES_RELOAD_MS: '500',
        LATCHKEY_SDS_HOLD_MS: String(holdMs),
      },
    },
    port,
  );
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  await until(async () => (await metrics()).includes(`latchkey_profile_fits{profile="${PROFILE}"} 1`));
  return {
    latchkey,
    meshPort,
    metrics,
    identities,
    ca,
    changeRights: () => write('read'),
    stop: async () => {
      await Promise.all([latchkey.stop(), sandbox.stop()]);
      pki.remove();
    },
  };
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + START_LIMIT_MS;
  while (!(await check().catch(() => false))) {
    if (performance.now() > end) throw new Error('Latchkey did not become ready');
    await sleep(50);
  }
}

/** Sum of the series whose line matches. */
export function sumOf(metrics: string, pattern: RegExp): number {
  return metrics
    .split('\n')
    .filter((line) => pattern.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
