import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { WorkloadConnection } from '../identity/request-context.js';
import type { PeerCertificate } from '../workload-identity/workload-evidence.js';

/** A connection of the mesh port, as the handshake left it. */
export interface MeshConnection {
  identity: WorkloadConnection;
  certificate: PeerCertificate;
  /** Old enough, or opened under other authorities than the present ones: the client should connect anew. */
  mustClose(): boolean;
}

const AGE_JITTER = 0.1;

let opened = 0;
const connections = new WeakMap<Socket, MeshConnection>();

/** What is known of the mesh connection of a request; undefined on every other port. */
export function meshConnectionOf(socket: Socket): MeshConnection | undefined {
  return connections.get(socket);
}

/** Remembers a connection whose client the TLS server has verified. */
export function registerMeshConnection(socket: TLSSocket, maxAgeMs: number, isPresent: () => boolean): void {
  const x509 = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (x509 === undefined) {
    // The server refuses such clients in the handshake; should it ever not, no request of theirs is read.
    socket.destroy();
    return;
  }
  const closeAt = performance.now() + maxAgeMs * (1 - Math.random() * AGE_JITTER);
  opened += 1;
  connections.set(socket, {
    identity: { id: String(opened), closed: () => socket.destroyed },
    certificate: toPeerCertificate(x509),
    mustClose: () => performance.now() >= closeAt || !isPresent(),
  });
}

function toPeerCertificate({ subjectAltName, ca, validFrom, validTo }: X509Certificate): PeerCertificate {
  return { subjectAltName, ca, validFromMs: Date.parse(validFrom), validToMs: Date.parse(validTo) };
}
