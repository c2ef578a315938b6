import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from '../elasticsearch/lock.ts';
import { messageOf } from '../elasticsearch/types.ts';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('./apiserver', import.meta.url));
const OLDEST_GO = 24;
const STAMP = 'k8s.io/component-base/version';

/** Why the API server cannot be built here; undefined when it can, or has been. */
export async function whyNoApiServer(): Promise<string | undefined> {
  if (await exists(await binaryPath())) return undefined;
  const version = await run('go', ['env', 'GOVERSION']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (version === undefined) return 'no go on PATH, with which the Kubernetes API server is built';
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0);
  return minor >= OLDEST_GO
    ? undefined
    : `the Kubernetes API server needs Go 1.${OLDEST_GO} or later to be built, and here is ${version}`;
}

/** The API server; the first call compiles it, which takes minutes. Safe to call from several processes at once. */
export async function apiServerBinary(): Promise<string> {
  const path = await binaryPath();
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  return withLock(`${path}.lock`, async () => {
    if (await exists(path)) return path;
    const building = `${path}.building.${process.pid}`;
    try {
      const env = { ...process.env, CGO_ENABLED: '0' };
      await run(
        'go',
        [
          'build',
          '-mod=readonly',
          '-trimpath',
          '-buildvcs=false',
          `-ldflags=${await linkerFlags()}`,
          '-o',
          building,
          '.',
        ],
        { cwd: SOURCES, env, maxBuffer: 32 << 20 },
      );
      await rename(building, path);
    } catch (error) {
      throw new Error(`the Kubernetes API server could not be built: ${messageOf(error).slice(0, 4000)}`, {
        cause: error,
      });
    } finally {
      await rm(building, { force: true });
    }
    return path;
  });
}

/** What the server says of its version, as Kubernetes' own build does; Helm goes by it. */
async function linkerFlags(): Promise<string> {
  const [, version = '', major = '', minor = ''] =
    /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)$/m.exec(await readFile(join(SOURCES, 'go.mod'), 'utf8')) ?? [];
  return [
    '-s -w',
    `-X ${STAMP}.gitVersion=${version}`,
    `-X ${STAMP}.gitMajor=${major}`,
    `-X ${STAMP}.gitMinor=${minor}`,
  ].join(' ');
}

async function binaryPath(): Promise<string> {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const root = process.env['LATCHKEY_TEST_CACHE'] || join(base, 'latchkey-kubernetes');
  const hash = createHash('sha256').update(await linkerFlags());
  for (const file of (await readdir(SOURCES)).sort()) hash.update(file).update(await readFile(join(SOURCES, file)));
  return join(root, `kube-apiserver-${hash.digest('hex').slice(0, 12)}`, 'kube-apiserver');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
