import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { WorkloadConnection } from '../identity/request-context.js';
import type { PeerCertificate } from '../identity/workload-evidence.js';

/** A connection of the mesh port, as the handshake left it. */
export interface MeshConnection {
  identity: WorkloadConnection;
  certificate: PeerCertificate;
  /** Old enough, or opened under other authorities than the present ones: the client should connect anew. */
  mustClose(): boolean;
}

const AGE_JITTER = 0.1;
const MAX_CHAIN_LENGTH = 10;

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
  connections.set(socket, { identity: { id: String(opened), closed: () => socket.destroyed }, certificate: toPeerCertificate(x509), mustClose: () => performance.now() >= closeAt || !isPresent() });
}

function toPeerCertificate(x509: X509Certificate): PeerCertificate {
  const { subjectAltName, ca } = x509;
  return { subjectAltName, ca, validFromMs: Date.parse(x509.validFrom), validToMs: endOfChain(x509) };
}

/** The earliest end in the chain that the client sent: what vouches for a certificate can end before it. */
function endOfChain(leaf: X509Certificate): number {
  let end = Date.parse(leaf.validTo);
  let above = leaf.issuerCertificate;
  for (let depth = 1; above !== undefined && depth < MAX_CHAIN_LENGTH; depth += 1) {
    end = Math.min(end, Date.parse(above.validTo));
    above = above.issuerCertificate;
  }
  return end;
}
