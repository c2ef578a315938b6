#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { startSandbox, type LicenseType, type SandboxOptions } from './index.js';

const LICENSES: readonly string[] = ['basic', 'standard', 'gold', 'platinum', 'enterprise', 'trial'];
const VERSIONS: readonly string[] = ['9.5.3', '8.19.21'];
const USAGE =
  `usage: sandbox [--port 9200] [--host 127.0.0.1] [--version ${VERSIONS.join('|')}] ` +
  `[--license ${LICENSES.join('|')}] [--password changeme]`;

/** Starts a sandbox from the command line and keeps it until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const sandbox = await startSandbox(readOptions());
  process.stdout.write(
    [
      '',
      '  !! SANDBOX: a stand-in for Elasticsearch, in memory only. Not for production.',
      '  !! Everything in it is gone when it ends, and its keys open nothing else.',
      '',
      `  url       ${sandbox.url}`,
      `  user      ${sandbox.username}`,
      `  password  ${sandbox.password}`,
      '',
      `  curl -u ${sandbox.username}:${sandbox.password} ${sandbox.url}/_security/_authenticate`,
      '',
    ].join('\n') + '\n',
  );
  const stop = (): void => void sandbox.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function readOptions(): SandboxOptions {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9200' },
      host: { type: 'string', default: '127.0.0.1' },
      version: { type: 'string', default: '9.5.3' },
      license: { type: 'string', default: 'trial' },
      password: { type: 'string', default: 'changeme' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  if (!isLicense(values.license)) throw new Error(`--license ${values.license} is none of ${LICENSES.join(', ')}`);
  if (!isVersion(values.version)) throw new Error(`--version ${values.version} is none of ${VERSIONS.join(', ')}`);
  return { port, host: values.host, version: values.version, license: values.license, password: values.password };
}

function isLicense(value: string): value is LicenseType {
  return LICENSES.includes(value);
}

function isVersion(value: string): value is '9.5.3' | '8.19.21' {
  return VERSIONS.includes(value);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exit(2);
}
