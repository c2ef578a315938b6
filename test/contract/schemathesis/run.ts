import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../../support/free-port.ts';

/**
 * Runs schemathesis, with openapi.yaml and schemathesis.toml beside this file, against dist/main.js on its sandbox. Ends
 * with its exit code; with 1 as well when the service has logged a defect. What is tried is decided by a number of
 * examples for each operation and by the seed, never by time: a slow machine tries the same as a fast one.
 *   node test/contract/schemathesis/run.ts [--program schemathesis] [--examples 12] [--seed 1]
 */
const SCRATCH_FOLDER = '.cache';

const { values } = parseArgs({
  options: {
    program: { type: 'string', default: 'schemathesis' },
    examples: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
  },
});

// It leaves notes of its own where it runs.
await mkdir(SCRATCH_FOLDER, { recursive: true });
const policy = resolve(SCRATCH_FOLDER, 'schemathesis-managed-keys.json');
// The template that an example of the document names.
const template = {
  name: 'orders-writer',
  role_descriptors: { writer: { indices: [{ names: ['logs-orders'], privileges: ['create_doc'] }] } },
  max_lifetime: '30d',
  allow: [{ username: 'elastic', realm: 'reserved' }],
};
await writeFile(policy, JSON.stringify({ templates: [template] }));

const port = await freePort();
const service = spawn(process.execPath, ['dist/main.js'], {
  env: {
    ...{
      PATH: process.env['PATH'] ?? '',
      LATCHKEY_HOST: '127.0.0.1',
      LATCHKEY_PORT: String(port),
      LATCHKEY_METRICS_PORT: '0',
      LATCHKEY_LOG_LEVEL: 'error',
    },
    ...{
      ELASTICSEARCH_SERVICE_USERNAME: 'elastic',
      ELASTICSEARCH_SERVICE_PASSWORD: 'changeme',
      LATCHKEY_MANAGED_KEYS_FILE: policy,
    },
    // Many calls of one caller, and no real Elasticsearch whose index had to settle.
    ...{
      LATCHKEY_RATE_READ_PER_SECOND: '0',
      LATCHKEY_RATE_WRITE_PER_SECOND: '0',
      LATCHKEY_RATE_MINT_PER_SECOND: '0',
      LATCHKEY_INVALIDATION_SETTLE_MS: '0',
    },
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const defects = collectDefects(service);
try {
  await untilReady();
  const program = values.program.includes('/') ? resolve(values.program) : values.program;
  const tester = spawn(
    program,
    [
      ...[
        '--config-file',
        fileURLToPath(new URL('schemathesis.toml', import.meta.url)),
        'run',
        resolve('openapi.yaml'),
        '--url',
        `http://127.0.0.1:${port}`,
      ],
      ...[
        '--auth',
        'elastic:changeme',
        '--max-examples',
        values.examples,
        '--seed',
        values.seed,
        '--continue-on-failure',
        '--no-color',
        '--warnings',
        'off',
      ],
    ],
    { cwd: SCRATCH_FOLDER, stdio: 'inherit' },
  );
  const [code] = (await once(tester, 'exit')) as [number | null];
  for (const line of defects) console.error(`a defect that the service has logged: ${line}`);
  process.exitCode = code === 0 && defects.length === 0 ? 0 : 1;
} finally {
  service.kill('SIGKILL');
}

function collectDefects({ stdout }: ChildProcess): string[] {
  const found: string[] = [];
  let rest = '';
  stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    found.push(...lines.filter((line) => line.includes('"msg":"defect"')));
  });
  return found;
}

async function untilReady(): Promise<void> {
  while (service.exitCode === null && service.signalCode === null) {
    if (
      await fetch(`http://127.0.0.1:${port}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await sleep(100);
  }
  throw new Error(`the service ended before it was ready (exit ${service.exitCode ?? service.signalCode})`);
}
