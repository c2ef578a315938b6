import './node-version.js';
import 'reflect-metadata';
import type { Sandbox } from 'elasticsearch-security-sandbox';
import { ConfigError, loadSettings } from './config/load-settings.js';
import type { Settings } from './config/settings.js';
import type { RunningService } from './service.js';

async function main(): Promise<void> {
  const settings = loadSettings();
  // Only now, so that bad settings are told at once, and production never loads the sandbox.
  const sandbox = settings.elasticsearchUrls.length === 0 ? await startSandbox(settings) : undefined;
  const { startService } = await import('./service.js');
  const service = await startService(sandbox === undefined ? settings : withElasticsearch(settings, sandbox.url));
  if (sandbox !== undefined) announce(service, sandbox);
  stopOnSignals(service, settings, sandbox);
}

async function startSandbox(settings: Settings): Promise<Sandbox> {
  const { startSandbox } = await import('elasticsearch-security-sandbox').catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new ConfigError(
      'ELASTICSEARCH_URL',
      'must be set, since the sandbox is not here: the package elasticsearch-security-sandbox is not installed',
    );
  });
  return startSandbox({ port: settings.sandboxPort });
}

function withElasticsearch(settings: Settings, url: string): Settings {
  return Object.freeze(Object.create(settings, { elasticsearchUrls: { value: [url], enumerable: true } }) as Settings);
}

function announce({ url }: RunningService, sandbox: Sandbox): void {
  console.log(`
  ****************************************************************************
  *  SANDBOX: no ELASTICSEARCH_URL is set, so Latchkey runs on an embedded   *
  *  stand-in for Elasticsearch. Keys live in memory, open no real cluster,  *
  *  and are gone when this process ends. Never for production.              *
  ****************************************************************************

  Swagger UI   ${url}/docs      (user ${sandbox.username}, password ${sandbox.password})
  Stand-in     ${sandbox.url}

  Create your first key:

  curl -s -u ${sandbox.username}:${sandbox.password} -H 'content-type: application/json' ${url}/v1/user-keys -d '{"name":"my-first-key","expiration":"7d"}'
`);
}

function stopOnSignals(service: RunningService, settings: Settings, sandbox: Sandbox | undefined): void {
  let stopping = false;
  const stop = (drainMs: number): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), settings.shutdownTimeoutMs).unref();
    void service
      .stop({ drainMs })
      .then(() => sandbox?.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  // A person at a terminal does not wait for a load balancer to notice; Kubernetes sends SIGTERM.
  process.on('SIGINT', () => stop(0));
  process.on('SIGTERM', () => stop(sandbox === undefined ? settings.drainMs : 0));
}

main().catch((error: unknown) => {
  const text =
    error instanceof ConfigError
      ? error.message
      : error instanceof Error
        ? `${error.name}: ${error.message}`
        : 'unknown failure';
  console.error(`latchkey cannot start: ${text}`);
  process.exit(1);
});
