import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { exists, fillOnce } from '../fill-once.ts';
import { findOnPath, javaNeeded, type Jdk } from './java.ts';
import { messageOf } from './types.ts';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('./jars', import.meta.url));

/** The modules of the node: the class that each starts with, and the module it sees the classes of. */
const MODULES = [
  { name: 'x-pack-core', main: 'org.elasticsearch.xpack.core.XPackPlugin', extended: '' },
  { name: 'transport-netty4', main: 'org.elasticsearch.transport.netty4.Netty4Plugin', extended: '' },
  { name: 'x-pack-security', main: 'org.elasticsearch.xpack.security.Security', extended: 'x-pack-core' },
  { name: 'stand-ins', main: 'StandInPlugin', extended: '' },
];

/** The folder lib/, modules/ and launcher/ of this version are kept in, whether or not it has been filled. */
async function cacheFolder(version: string): Promise<string> {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const root = process.env['LATCHKEY_TEST_CACHE'] || join(base, 'latchkey-elasticsearch');
  return join(root, `${version}-${await sourcesHash()}`);
}

export async function isFilled(version: string): Promise<boolean> {
  return exists(await cacheFolder(version));
}

/** The filled cache folder of the version; the first call downloads and compiles. Safe to call from several processes at once. */
export async function filledCache(version: string, jdk: Jdk): Promise<string> {
  return fillOnce(await cacheFolder(version), (building) => build(version, jdk, building));
}

async function build(version: string, jdk: Jdk, folder: string): Promise<void> {
  const maven = await findOnPath('mvn');
  if (maven === undefined) throw new Error('no mvn on PATH');
  const modules = join(folder, 'modules');
  await execute(
    maven,
    [
      ...['-B', '-q', '-ntp', '-Dstyle.color=never', '-f', join(SOURCES, 'pom.xml')],
      ...[`-Delasticsearch.version=${version}`, `-Dlatchkey.out=${modules}`, 'dependency:copy-dependencies'],
    ],
    { ...process.env, JAVA_HOME: jdk.home },
  );
  await rename(join(modules, 'server'), join(folder, 'lib'));
  await compile(version, jdk, folder);
  for (const module of MODULES) {
    const seen = [join(folder, 'lib'), ...(module.extended === '' ? [] : [join(modules, module.extended)])];
    await removeSeen(join(modules, module.name), seen);
    await writeFile(join(modules, module.name, 'plugin-descriptor.properties'), descriptor(module, version));
  }
}

async function compile(version: string, jdk: Jdk, folder: string): Promise<void> {
  const javac = (out: string, files: string[]): Promise<void> =>
    execute(join(jdk.home, 'bin', 'javac'), [
      ...['-nowarn', '--release', String(javaNeeded(version)), '-cp', join(folder, 'lib', '*'), '-d', out],
      ...files.map((file) => join(SOURCES, file)),
    ]);
  await javac(join(folder, 'launcher'), ['LatchkeyNode.java', 'KeystoreTool.java']);
  const classes = join(folder, 'stand-in-classes');
  await javac(classes, ['StandIns.java', `v${Number.parseInt(version, 10)}/StandInPlugin.java`]);
  const module = join(folder, 'modules', 'stand-ins');
  await mkdir(module);
  await execute(join(jdk.home, 'bin', 'jar'), ['cf', join(module, 'stand-ins.jar'), '-C', classes, '.']);
  await rm(classes, { recursive: true });
}

/** A class that a module could load from two jars stops the node ("jar hell"). */
async function removeSeen(module: string, seen: string[]): Promise<void> {
  const there = new Set((await Promise.all(seen.map((folder) => readdir(folder)))).flat().map(artifactOf));
  for (const jar of await readdir(module)) {
    if (jar.endsWith('.jar') && there.has(artifactOf(jar))) await rm(join(module, jar));
  }
}

/** netty-common-4.1.130.Final.jar and netty-common-4.1.131.jar are the same artifact: netty-common. */
function artifactOf(jar: string): string {
  return jar.replace(/-\d[^-]*(-[0-9A-Za-z.]+)?\.jar$/, '');
}

function descriptor(module: { name: string; main: string; extended: string }, version: string): string {
  const lines = {
    name: module.name,
    description: module.name,
    version,
    classname: module.main,
    'extended.plugins': module.extended,
    'java.version': '17',
    'elasticsearch.version': version,
    licensed: 'false',
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

async function execute(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  try {
    await run(program, args, { env, maxBuffer: 32 << 20 });
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    const told = /\[ERROR\] (\S.{0,400})/.exec(output)?.[1]; // Maven's first line says what is wrong, the others how to debug it
    throw new Error((told ?? `${messageOf(error)}\n${output}`).slice(0, 4000), { cause: error });
  }
}

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(MODULES));
  const entries = await readdir(SOURCES, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(relative(SOURCES, file)).update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}
