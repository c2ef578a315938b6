import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { load } from 'js-yaml';
import { only, render, type Json } from './support.ts';

/** An address of its own, so that the fixed ports of the container are free. */
const HOST = '127.0.77.1';

/** A drain that is still going on when a slow machine looks at it. */
const LONG_STOP = { LATCHKEY_DRAIN_MS: '10000', LATCHKEY_SHUTDOWN_TIMEOUT_MS: '600000' };

describe('the process that the pod of insecure-lab runs, with its environment and settings', () => {
  const manifests = render('insecure-lab');
  const { containers } = only(manifests, 'Deployment').spec.template.spec;
  const [container] = containers;
  let sandbox: Sandbox;
  let child: ChildProcess;
  let folder: string;

  before(async () => {
    sandbox = await startSandbox({ port: 0 });
    folder = mkdtempSync(join(tmpdir(), 'latchkey-pod-'));
    const settings = load(only(manifests, 'ConfigMap').data['latchkey.yaml']) as Record<string, string>;
    writeFileSync(
      join(folder, 'latchkey.yaml'),
      JSON.stringify({ ...settings, ELASTICSEARCH_URL: sandbox.url, LATCHKEY_HOST: HOST, ...LONG_STOP }),
    );
    const env = Object.fromEntries(
      container.env.map(({ name, value }: Json) => [
        name,
        name === 'LATCHKEY_CONFIG_FILE' ? join(folder, 'latchkey.yaml') : value,
      ]),
    );
    child = spawn(process.execPath, [fileURLToPath(new URL('../../dist/main.js', import.meta.url))], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (; (await probe('startupProbe')) !== 200; await sleep(100)) assert.equal(child.exitCode, null, 'it has ended');
  });
  after(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const port = (name: string): number =>
    container.ports.find((candidate: Json) => candidate.name === name).containerPort;
  const probe = (name: string): Promise<number | undefined> => {
    const { path, port: named } = container[name].httpGet;
    return fetch(`http://${HOST}:${port(named)}${path}`, { headers: { connection: 'close' } }).then(
      ({ status }) => status,
      () => undefined,
    );
  };

  it('answers its probes on the ports that the container names', async () => {
    assert.deepEqual(
      [await probe('startupProbe'), await probe('livenessProbe'), await probe('readinessProbe')],
      [200, 200, 200],
    );
  });

  it('has no Swagger UI when the values turn it off', async () => {
    assert.equal((await fetch(`http://${HOST}:${port('http')}/docs`)).status, 404);
  });

  it('after SIGTERM is alive and not ready while it drains, and ends by itself', async () => {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    for (; (await probe('readinessProbe')) === 200;) await sleep(50);
    assert.deepEqual([await probe('livenessProbe'), await probe('readinessProbe')], [200, 503]);
    const [code] = await exit;
    assert.equal(code, 0);
  });
});
