import { execFile, spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findOnPath } from '../elasticsearch/java.js';

const run = promisify(execFile);
const SCRIPT = 'test/support/containers/containers';
/** Only ends a hang. */
const API_LIMIT_MS = 300_000;

/** The image that `containers build` makes of the project's Dockerfile. */
export const LATCHKEY_IMAGE = 'localhost/latchkey:test';
/** The name of the images that `containers elasticsearch VERSION` makes; the tag is the version. */
export const ELASTICSEARCH_IMAGE = 'localhost/latchkey-elasticsearch';

/** Runs podman with the settings of the script. @throws Error with what podman said, when it does not end with 0. */
export async function podman(...args: string[]): Promise<string> {
  const { stdout } = await run(`./${SCRIPT}`, ['podman', ...args], { cwd: projectFolder(), maxBuffer: 64 << 20 });
  return stdout.trim();
}

/** Why a test with this image cannot run here; undefined = it can. Builds and downloads nothing. */
export async function whyNoImage(image: string, command: string): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'containers for tests need Linux and root';
  for (const program of ['podman', 'runc']) {
    if ((await findOnPath(program)) === undefined) return `no ${program}: ${SCRIPT} install`;
  }
  return podman('image', 'exists', image).then(
    () => undefined,
    () => `no image ${image}: ${SCRIPT} ${command}`,
  );
}

export interface DockerApi {
  /** As DOCKER_HOST takes it. */
  host: string;
  stop(): Promise<void>;
}

/** podman's Docker API on a socket of its own, until `stop`. */
export async function serveDockerApi(): Promise<DockerApi> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-podman-'));
  const socket = join(folder, 'api.sock');
  const child = spawn(`./${SCRIPT}`, ['serve', socket], { cwd: projectFolder(), stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (let waitedMs = 0; waitedMs < API_LIMIT_MS; waitedMs += 50) {
    if (
      await access(socket).then(
        () => true,
        () => false,
      )
    )
      return { host: `unix://${socket}`, stop };
    await sleep(50);
  }
  await stop();
  throw new Error(`podman's Docker API has made no socket within ${API_LIMIT_MS / 1000} s`);
}

function projectFolder(): string {
  return fileURLToPath(new URL('../../..', import.meta.url));
}
