import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filledCache, isFilled } from './jar-cache.ts';
import { findJdk, findOnPath, javaNeeded, type Jdk } from './java.ts';
import { startLogged, type LoggedProcess } from './node-process.ts';
import { START_LIMIT_MS, waitUntilReady } from './ready.ts';
import { nodeSettings } from './settings.ts';
import {
  messageOf,
  type ElasticsearchTarget,
  type RunningElasticsearch,
  type Source,
  type StartOptions,
} from './types.ts';

/** log4j2.properties: everything on standard output. */
export const LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`;

/** A node from jars, with what only such a node has. */
export interface JarsNode extends RunningElasticsearch {
  /** The folder of elasticsearch.yml and elasticsearch.keystore. */
  configFolder: string;
  jdk: Jdk;
  /** Where lib/ and launcher/ of this version are. */
  cache: string;
  waitForLog: LoggedProcess['waitForLog'];
}

/** A node put together from the jars of the Maven registry. It listens on 127.0.0.1 only. */
export const jars: Source = {
  name: 'jars',

  async whyUnavailable(target) {
    const needed = javaNeeded(target.version);
    if (!['8', '9'].includes(target.version.split('.')[0] ?? ''))
      return 'only 8.19 and 9.x can be put together from jars';
    if ((await findJdk(needed)) === undefined) return `no JDK ${needed} or later`;
    if (!(await isFilled(target.version)) && (await findOnPath('mvn')) === undefined) return 'no mvn on PATH';
    return undefined;
  },

  async prepare(target) {
    await filledCache(target.version, await jdkFor(target.version));
  },

  start: startJarsNode,
};

export async function startJarsNode(target: ElasticsearchTarget, options: StartOptions): Promise<JarsNode> {
  const jdk = await jdkFor(target.version);
  const cache = await filledCache(target.version, jdk);
  const home = await makeHome(cache, target, options);
  const password = randomBytes(12).toString('hex');
  const heapMb = options.heapMb ?? 512;
  const node = startLogged(
    join(jdk.home, 'bin', 'java'),
    [
      ...[`-Xms${heapMb}m`, `-Xmx${heapMb}m`, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
      ...[`-Des.path.home=${home}`, `-Des.path.conf=${join(home, 'config')}`, `-Dlatchkey.owner=${process.pid}`],
      ...['--add-modules', 'jdk.incubator.vector', '--enable-native-access=ALL-UNNAMED'],
      ...['-cp', `${join(cache, 'lib', '*')}:${join(cache, 'launcher')}`, 'LatchkeyNode'],
    ],
    { ...process.env, LATCHKEY_NODE_PASSWORD: password },
    join(home, 'node.log'),
  );
  const stop = async (): Promise<void> => {
    await node.end();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const address = await node.waitForLog(/HttpServerTransport\] .*publish_address \{([^}]+)\}/, START_LIMIT_MS);
    const es = { url: `http://${address[1]}`, username: 'elastic', password };
    await waitUntilReady(es, target, options, node.ended);
    const { waitForLog } = node;
    return { ...es, ...target, source: 'jars', configFolder: join(home, 'config'), jdk, cache, waitForLog, stop };
  } catch (error) {
    const log = node.logTail();
    await stop();
    const told = /cannot start: .*/.exec(log)?.[0] ?? `the end of its log:\n${log}`;
    throw new Error(`${messageOf(error)}; ${told}`, { cause: error });
  }
}

async function jdkFor(version: string): Promise<Jdk> {
  const jdk = await findJdk(javaNeeded(version));
  if (jdk === undefined) throw new Error(`no JDK ${javaNeeded(version)} or later`);
  return jdk;
}

async function makeHome(cache: string, target: ElasticsearchTarget, options: StartOptions): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-elasticsearch-'));
  await Promise.all(['config', 'plugins'].map((name) => mkdir(join(home, name))));
  await Promise.all(['lib', 'modules'].map((name) => symlink(join(cache, name), join(home, name))));
  const settings = {
    'cluster.name': 'latchkey',
    'node.name': 'latchkey',
    'network.host': '127.0.0.1',
    'http.port': String(options.port ?? 0),
    'transport.port': '0',
    'xpack.security.transport.ssl.enabled': 'false',
    ...nodeSettings(target, options),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`);
  await writeFile(join(home, 'config', 'elasticsearch.yml'), lines.join(''));
  await writeFile(join(home, 'config', 'log4j2.properties'), LOGGING);
  return home;
}
