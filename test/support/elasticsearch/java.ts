import { access, constants, readdir, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

const JVM_FOLDER = '/usr/lib/jvm';

export interface Jdk {
  home: string;
  major: number;
}

/** Elasticsearch 9 runs on Java 21 or later, 8.19 on 17 or later. */
export function javaNeeded(version: string): number {
  return Number.parseInt(version, 10) >= 9 ? 21 : 17;
}

/** JAVA_HOME_ES, JAVA_HOME, javac of PATH, then the newest of /usr/lib/jvm: the first JDK that is new enough. */
export async function findJdk(minimum: number): Promise<Jdk | undefined> {
  for (const home of [process.env['JAVA_HOME_ES'], process.env['JAVA_HOME'], await javacHome()]) {
    const jdk = home === undefined || home === '' ? undefined : await jdkAt(home);
    if (jdk !== undefined && jdk.major >= minimum) return jdk;
  }
  const names = await readdir(JVM_FOLDER).catch(() => []);
  const installed = await Promise.all(names.map((name) => jdkAt(join(JVM_FOLDER, name))));
  return installed
    .filter((jdk) => jdk !== undefined)
    .sort((a, b) => b.major - a.major)
    .find((jdk) => jdk.major >= minimum);
}

/** The path of a program of PATH. */
export async function findOnPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (folder !== '' && (await runnable(path))) return path;
  }
  return undefined;
}

async function javacHome(): Promise<string | undefined> {
  const javac = await findOnPath('javac');
  return javac === undefined ? undefined : dirname(dirname(await realpath(javac)));
}

async function jdkAt(home: string): Promise<Jdk | undefined> {
  if (!(await runnable(join(home, 'bin', 'javac')))) return undefined;
  const release = await readFile(join(home, 'release'), 'utf8').catch(() => '');
  const major = /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(release)?.[1];
  return major === undefined ? undefined : { home, major: Number(major) };
}

async function runnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
