import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Settings } from '../config/settings.js';
import type { MeshObserver } from '../telemetry/tls-observer.js';
import type { TlsCertificates } from './tls-certificates.js';
import { tlsOptions } from './tls-options.js';
import { registerMeshConnection } from './mesh-connections.js';
import { OpenConnections } from './open-connections.js';
import { MAX_REQUESTS_PER_SOCKET, serverLimits } from './server-limits.js';
import { answerSocketError } from './socket-errors.js';

/**
 * The port of the workloads: TLS that every client must show a certificate in, dispatching into the same application.
 * No session is ever resumed (no tickets, no cache), because a resumed one does not show its certificate again.
 */
export class MeshListener {
  readonly connections: OpenConnections;
  private readonly server: Server;
  private generation = 0;

  private constructor(
    private readonly certificates: TlsCertificates,
    dispatch: RequestListener,
    settings: Settings,
    private readonly observer: MeshObserver,
  ) {
    this.server = createServer(
      {
        ...serverLimits(settings),
        ...tlsOptions(certificates.current),
        handshakeTimeout: settings.headersTimeoutMs,
        requestCert: true,
        rejectUnauthorized: true,
        ALPNProtocols: ['http/1.1'],
      },
      dispatch,
    );
    this.server.keepAliveTimeout = settings.keepAliveTimeoutMs;
    this.server.requestTimeout = settings.requestTimeoutMs;
    this.server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
    this.connections = new OpenConnections(this.server);
    this.server.on('secureConnection', (socket: TLSSocket) => {
      const { generation } = this;
      registerMeshConnection(socket, settings.meshConnectionMaxAgeMs, () => generation === this.generation);
    });
    this.server.on('clientError', (error: Error, socket: Socket) => answerSocketError(error, socket));
    this.server.on('tlsClientError', (error: Error & { code?: string }) =>
      this.observer.handshakeRefused(error.code ?? 'unknown'),
    );
  }

  /** @returns undefined when the mesh port is not configured. */
  static create(
    certificates: TlsCertificates | undefined,
    dispatch: RequestListener,
    settings: Settings,
    observer: MeshObserver,
  ): MeshListener | undefined {
    return certificates?.current.clientCa === undefined
      ? undefined
      : new MeshListener(certificates, dispatch, settings, observer);
  }

  /** @returns the port. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    this.certificates.watch((present, clientCaChanged) => {
      this.server.setSecureContext(tlsOptions(present));
      // Whoever was let in by other authorities is asked to come again.
      if (clientCaChanged) this.generation += 1;
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no new connection; resolves when all are closed. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
