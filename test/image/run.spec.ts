import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LATCHKEY_IMAGE, podman, whyNoImage } from '../support/containers/index.js';
import { describeWhere } from '../support/describe-where.js';
import { freePort } from '../support/free-port.js';
import { describeReal, type RunningElasticsearch } from '../support/elasticsearch/index.js';

/** A kill after it would be told by the exit code. */
const GRACE_SECONDS = 500;
/** Only ends a hang. */
const START_LIMIT_MS = 240_000;

interface KeyCreated {
  key: { id: string; status: string };
  secret: { encoded: string };
}

interface State {
  Pid: number;
  ExitCode: number;
}

const missing = await whyNoImage(LATCHKEY_IMAGE, 'build');

await describeReal({ version: '9.5.3', license: 'trial' }, 'on Elasticsearch 9.5.3', (es) => {
  describeWhere(missing, 'a container of the image, read-only and without rights', () => inContainer(es), 'containers');
});

function inContainer(es: () => RunningElasticsearch): void {
  let container: string;
  let url: string;
  let created: KeyCreated;

  beforeAll(async () => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    container = await podman(
      ...[
        'run',
        '--detach',
        '--network',
        'host',
        '--read-only',
        '--read-only-tmpfs=false',
        '--cap-drop',
        'all',
        '--security-opt',
        'no-new-privileges',
      ],
      ...[
        '--env',
        `ELASTICSEARCH_URL=${es().url}`,
        '--env',
        'LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH=true',
        '--env',
        'LATCHKEY_HOST=127.0.0.1',
      ],
      ...[
        '--env',
        'LATCHKEY_SHUTDOWN_TIMEOUT_MS=600000',
        '--env',
        `LATCHKEY_PORT=${port}`,
        '--env',
        `LATCHKEY_METRICS_PORT=${metricsPort}`,
        LATCHKEY_IMAGE,
      ],
    );
    url = `http://127.0.0.1:${port}`;
    await untilReady();
  });

  afterAll(() => podman('rm', '--force', '--time', '1', container));

  async function untilReady(): Promise<void> {
    for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += 100) {
      if (
        await fetch(`${url}/readyz`).then(
          (answer) => answer.ok,
          () => false,
        )
      )
        return;
      await sleep(100);
    }
    throw new Error(`not ready after ${START_LIMIT_MS / 1000} s: ${await podman('logs', container)}`);
  }

  const basic = (): string => `Basic ${Buffer.from(`${es().username}:${es().password}`).toString('base64')}`;

  test('runs as the numeric user, without a capability, as PID 1, and can gain nothing', async () => {
    const [{ State }] = JSON.parse(await podman('inspect', container)) as [{ State: State }];
    const status = await readFile(`/proc/${State.Pid}/status`, 'utf8');
    const field = (name: string): string[] =>
      (new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/);
    expect(field('Uid')).toEqual(['65532', '65532', '65532', '65532']);
    expect(field('NSpid').at(-1)).toBe('1');
    expect(
      [...field('CapEff'), ...field('CapPrm'), ...field('CapBnd'), ...field('CapAmb')].map((bits) =>
        BigInt(`0x${bits}`),
      ),
    ).toEqual([0n, 0n, 0n, 0n]);
    expect(field('NoNewPrivs')).toEqual(['1']);
  });

  test('can write nowhere', async () => {
    const script =
      "for (const folder of ['/', '/app', '/tmp', '/etc']) try { require('fs').writeFileSync(folder + '/x', ''); console.log(folder) } catch {}";
    expect(await podman('exec', container, '/usr/local/bin/node', '-e', script)).toBe('');
  });

  test('makes a key', async () => {
    const answer = await fetch(`${url}/v1/user-keys`, {
      method: 'POST',
      headers: { authorization: basic(), 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'made-in-a-container', expiration: '1h' }),
    });
    expect(answer.status).toBe(201);
    created = (await answer.json()) as KeyCreated;
    expect(created.key.status).toBe('active');
  });

  test('whose secret opens Elasticsearch and Latchkey', async () => {
    const headers = { authorization: `ApiKey ${created.secret.encoded}` };
    const atElasticsearch = (await (await fetch(`${es().url}/_security/_authenticate`, { headers })).json()) as {
      api_key: { id: string };
    };
    expect(atElasticsearch.api_key.id).toBe(created.key.id);
    expect((await fetch(`${url}/v1/session`, { headers })).status).toBe(200);
  });

  test('serves Swagger UI with all its files', async () => {
    for (const path of [
      '/docs',
      '/docs/start.js',
      '/docs/page.css',
      '/docs/ui/swagger-ui-bundle.js',
      '/docs/ui/swagger-ui.css',
      '/docs/ui/favicon-32x32.png',
      '/openapi.json',
    ]) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
    }
  });

  test('says why it refuses bad settings, though it has no shell to look around with', async () => {
    const refused = podman('run', '--rm', '--read-only', '--network', 'none', LATCHKEY_IMAGE);
    await expect(refused).rejects.toThrow(/ELASTICSEARCH_URL/);
  });

  test('stops by SIGTERM alone with exit code 0, and has logged no secret', async () => {
    await podman('stop', '--time', String(GRACE_SECONDS), container);
    const [{ State }] = JSON.parse(await podman('inspect', container)) as [{ State: State }];
    expect(State.ExitCode).toBe(0);
    const log = await podman('logs', container);
    expect(log).toContain('"msg":"stopped"');
    expect(log).not.toContain(created.secret.encoded);
    expect(log).not.toContain(es().password);
  });
}
