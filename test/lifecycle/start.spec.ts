import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SANDBOX = 'elasticsearch-security-sandbox';
const ROOT = resolve(import.meta.dirname, '../..');

interface Ended {
  code: number | string | null | undefined;
  output: string;
}

let folder: string;

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' });
});

/** What the image holds: the built service and its packages, without the workspace. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-start-'));
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== SANDBOX) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(): Promise<Ended> {
  const env = { PATH: process.env['PATH'], LATCHKEY_PORT: '0', LATCHKEY_METRICS_PORT: '0' };
  return new Promise((resolve) => {
    execFile(process.execPath, ['dist/main.js'], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}

test('without ELASTICSEARCH_URL and without the package of the sandbox the start ends with one line that says so', async () => {
  const { code, output } = await start();
  expect(code).toBe(1);
  expect(output.trim().split('\n')).toEqual([
    `latchkey cannot start: ELASTICSEARCH_URL: must be set, since the sandbox is not here: the package ${SANDBOX} is not installed`,
  ]);
});

test('on a Node older than engines wants the start ends with one line that names both, before anything else is loaded', async () => {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, engines: { node: '>=99.1' } }));
  writeFileSync(join(folder, 'dist/service.js'), 'throw new TypeError("too new for this Node")');
  const { code, output } = await start();
  expect(code).toBe(1);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(output).toContain(`it needs Node 99.1 or later, and this is Node ${process.versions.node}`);
});

test('the build that npm start begins with says what it does', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { prestart: string } };
  expect(scripts.prestart).toBe('node scripts/build.mjs');
  const output = execFileSync(process.execPath, ['scripts/build.mjs'], { encoding: 'utf8' });
  expect(output).toMatch(/^Compiling Latchkey \.\.\. \d+ files in \d+\.\d s\n$/);
});
