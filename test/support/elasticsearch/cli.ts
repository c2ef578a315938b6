import { parseArgs } from 'node:util';
import { startElasticsearch } from './sources.ts';
import { messageOf, type License } from './types.ts';

const USAGE = 'npm run elasticsearch -- [--version 9.5.3|8.19.21] [--license trial|basic] [--port 9200]';

/** Starts one node for a person and keeps it until Ctrl-C. */
async function main(): Promise<void> {
  const { version, license, port } = readArguments();
  console.log(`starting Elasticsearch ${version} (${license}) ...`);
  const ended = new Promise<string>((resolve) => {
    // Kept after the first signal: npm passes on a Ctrl-C that the terminal has sent to this process as well.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve);
  });
  const before = Date.now();
  const es = await Promise.race([startElasticsearch({ version, license }, { port }), ended]);
  if (typeof es === 'string') process.exit(130); // a node that is still starting ends with this process
  const seconds = ((Date.now() - before) / 1000).toFixed(1);
  console.log(`ready after ${seconds} s, from: ${es.source}

  url       ${es.url}
  user      ${es.username}
  password  ${es.source === 'given' ? '(as given)' : es.password}

  curl -u ${es.username}:${es.source === 'given' ? '...' : es.password} ${es.url}/_security/_authenticate

Ctrl-C stops it and removes its data.`);
  const stayAlive = setInterval(() => undefined, 60_000);
  await ended;
  clearInterval(stayAlive);
  console.log('stopping ...');
  await es.stop();
}

function readArguments(): { version: string; license: License; port: number | undefined } {
  const { values } = parseArgs({
    options: {
      version: { type: 'string', default: '9.5.3' },
      license: { type: 'string', default: 'trial' },
      port: { type: 'string' },
    },
  });
  if (values.license !== 'trial' && values.license !== 'basic')
    throw new Error(`--license is trial or basic\n${USAGE}`);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536))
    throw new Error(`--port is a number\n${USAGE}`);
  return { version: values.version, license: values.license, port };
}

try {
  await main();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
