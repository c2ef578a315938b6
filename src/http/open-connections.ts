import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * All connections of a server, those included that are not through a TLS handshake, which Node's own methods leave out.
 */
export class OpenConnections {
  private readonly sockets = new Set<Duplex>();

  /** Before the server listens. */
  constructor(private readonly server: Server) {
    server.on('connection', (socket: Duplex) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  closeIdle(): void {
    this.server.closeIdleConnections();
  }

  closeAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
