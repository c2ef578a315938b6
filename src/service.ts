import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { DestinationStream } from 'pino';
import { AppModule } from './app.module.js';
import { AccessService } from './authorization/access.service.js';
import { AuthorizationGuard } from './authorization/authorization.guard.js';
import { auditRoutes } from './authorization/route-audit.js';
import type { Settings } from './config/settings.js';
import { WorkloadAuthenticator } from './workload-identity/workload-authenticator.js';
import { HealthService } from './health/health.service.js';
import { DrainState } from './http/drain-state.js';
import { createHttpApplication, dispatcherOf } from './http/http-adapter.js';
import { MeshListener } from './http/mesh-listener.js';
import { TlsCertificates } from './http/tls-certificates.js';
import { OpenConnections } from './http/open-connections.js';
import { RouteTable } from './http/route-table.js';
import { AuditLog } from './audit/audit-log.js';
import { CredentialRecorder } from './observability/credential-recorder.js';
import { createLog, NestLog, type ServiceLog } from './observability/log.js';
import { Metrics } from './observability/metrics.js';
import { MetricsServer } from './observability/metrics-server.js';
import type { Tracing } from './observability/tracing.js';
import { ServiceObserver } from './observability/service-observer.js';
import { serveDocs } from './openapi/docs-page.js';

const IDLE_SWEEP_MS = 50;
const QUIET_MS = 500;

export interface RunningService {
  url: string;
  metricsUrl: string;
  /** Where workloads are served by mutual TLS; undefined when that is not configured. */
  meshUrl?: string;
  log: ServiceLog;
  /**
   * Stops without losing a request: readiness off and connections closed after their answer for `drainMs`, then no new
   * connections, then waits for what is in flight.
   */
  stop(options?: { drainMs?: number }): Promise<void>;
}

export interface StartOptions {
  /** Where log lines go; standard output by default. */
  logDestination?: DestinationStream;
}

/** Builds, audits and starts the service on the ports of its settings. */
export async function startService(settings: Settings, options: StartOptions = {}): Promise<RunningService> {
  const log = createLog(settings.logLevel, options.logDestination);
  const metrics = new Metrics();
  const observer = new ServiceObserver(log.logger, metrics, settings.licenseWarningDays);
  const routes = new RouteTable();
  const tracing = await startTracingIfWanted(settings);
  const drain: DrainState = new DrainState();
  const certificates = TlsCertificates.read(settings, observer);
  const app = await createHttpApplication(
    AppModule.forRoot(
      settings,
      routes,
      observer,
      new AuditLog(settings.auditFile, settings.auditFile === undefined ? options.logDestination : undefined),
      new CredentialRecorder(log.logger, metrics.registry),
    ),
    {
      settings,
      routes,
      drain,
      logger: new NestLog(log.logger),
      ...(settings.tlsEnabled && certificates !== undefined && { certificates }),
      authenticateWorkload: (evidence) => observer.workload(app.get(WorkloadAuthenticator).authenticate(evidence)),
      limitWorkload: (workload, id) => app.get(AuthorizationGuard).limitWorkload(workload, id),
      observer,
      credentialRefused: (credential) => {
        metrics.credentialRefused();
        // Looked up late: the hooks are registered before the application exists.
        app.get(AccessService).forget(credential);
      },
    },
  );
  try {
    routes.fill(auditRoutes(app.get(DiscoveryService, { strict: false })));
  } catch (error) {
    await app.close();
    throw error;
  }
  if (settings.docsEnabled) serveDocs(app);
  return listen(app, settings, { log, metrics, drain, observer, certificates, tracing });
}

/** The SDK is loaded only where it is used: it takes time at the start, and memory. */
async function startTracingIfWanted({ tracesUrl, tracesSamplePercent }: Settings): Promise<Tracing | undefined> {
  if (tracesUrl === undefined) return undefined;
  const { startTracing } = await import('./observability/tracing.js');
  return startTracing({ url: tracesUrl, samplePercent: tracesSamplePercent });
}

/**
 * Ends connections as soon as they are idle: one whose request began before the drain has not been told to close. Node
 * does not count a connection as idle on which no whole request has come, and no longer times it out once the server
 * closes; such connections end when nothing has been under way for a moment.
 */
async function closeServer(connections: OpenConnections, drain: DrainState, close: () => Promise<void>): Promise<void> {
  let quietMs = 0;
  const sweep = setInterval(() => {
    connections.closeIdle();
    quietMs = drain.inFlight === 0 ? quietMs + IDLE_SWEEP_MS : 0;
    if (quietMs >= QUIET_MS) connections.closeAll();
  }, IDLE_SWEEP_MS);
  try {
    await close();
  } finally {
    clearInterval(sweep);
  }
}

interface Parts {
  log: ServiceLog;
  metrics: Metrics;
  drain: DrainState;
  observer: ServiceObserver;
  certificates: TlsCertificates | undefined;
  tracing: Tracing | undefined;
}

async function listen(
  app: INestApplication,
  settings: Settings,
  { log, metrics, drain, observer, certificates, tracing }: Parts,
): Promise<RunningService> {
  const health = app.get(HealthService);
  const metricsServer = new MetricsServer(metrics, {
    live: () => true,
    ready: async () => (await health.readiness()).ready,
  });
  try {
    const metricsPort = await metricsServer.listen(settings.metricsPort, settings.host);
    const server = app.getHttpServer() as Server;
    const connections = new OpenConnections(server);
    await app.listen(settings.port, settings.host);
    const { port } = server.address() as AddressInfo;
    const mesh = MeshListener.create(certificates, dispatcherOf(app), settings, observer);
    const meshPort = await mesh?.listen(settings.meshPort, settings.host);
    const host = settings.host === '0.0.0.0' || settings.host === '::' ? 'localhost' : settings.host;
    log.logger.info({ port, metrics_port: metricsPort, mesh_port: meshPort }, 'listening');
    return {
      url: `${settings.tlsEnabled ? 'https' : 'http'}://${host}:${port}`,
      metricsUrl: `http://${host}:${metricsPort}`,
      ...(meshPort !== undefined && { meshUrl: `https://${host}:${meshPort}` }),
      log,
      async stop({ drainMs = settings.drainMs } = {}) {
        drain.begin();
        health.stopAccepting();
        log.logger.info({ drain_ms: drainMs }, 'stopping');
        await sleep(drainMs);
        await certificates?.stop();
        // First the mesh: with the application go the connections to Elasticsearch, which its requests need.
        if (mesh !== undefined) await closeServer(mesh.connections, drain, () => mesh.close());
        await closeServer(connections, drain, () => app.close());
        await metricsServer.close();
        await tracing?.stop();
        log.logger.info('stopped');
        log.flush();
      },
    };
  } catch (error) {
    await metricsServer.close();
    await app.close();
    throw error;
  }
}
