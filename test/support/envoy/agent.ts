import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { Issued } from '../workload/certificates.js';

const STREAM_SECRETS = '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets';
const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** Number of the field `resource_names` of envoy.service.discovery.v3.DiscoveryRequest. */
const RESOURCE_NAMES = 3;

export interface IdentityAgent {
  /** Names that Envoy has asked for. */
  asked: string[];
  /** Sends this certificate on the streams that are open, as an agent does when it has renewed one. */
  renew(certificate: Issued): void;
  stop(): Promise<void>;
}

/**
 * Speaks as the agents of SPIRE and Istio do: Envoy's secret discovery over gRPC on a Unix socket, with the certificate
 * under the name `default` and the authorities under `ROOTCA`. It stands in for them; it is neither.
 */
export async function startIdentityAgent(socket: string, first: Issued, authorities: string): Promise<IdentityAgent> {
  let current = first;
  const asked: string[] = [];
  const sessions = new Set<Http2Session>();
  const streams = new Map<ServerHttp2Stream, string>();
  const send = (stream: ServerHttp2Stream, name: string): void =>
    void stream.write(frame(answer(name, secret(name, current, authorities))));

  const server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    if (headers[':path'] !== STREAM_SECRETS)
      return stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
        { endStream: true },
      );
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('close', () => streams.delete(stream));
    stream.on('error', () => undefined);
    let received = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      // The first message names the secret; what follows on the stream are acknowledgements.
      if (streams.has(stream)) return;
      received = Buffer.concat([received, chunk]);
      if (received.length < 5 || received.length < 5 + received.readUInt32BE(1)) return;
      const name = ['default', 'ROOTCA'].find((known) => received.includes(field(RESOURCE_NAMES, known)));
      if (name === undefined) return stream.close();
      asked.push(name);
      streams.set(stream, name);
      send(stream, name);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    asked,
    renew: (certificate) => {
      current = certificate;
      for (const [stream, name] of streams) if (name === 'default') send(stream, name);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

/** A gRPC message: no compression, length, content. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** envoy.service.discovery.v3.DiscoveryResponse */
function answer(name: string, message: Buffer): Buffer {
  const version = String(Date.now());
  const any = Buffer.concat([field(1, SECRET_TYPE), field(2, message)]);
  return Buffer.concat([field(1, version), field(2, any), field(4, SECRET_TYPE), field(5, `${name}-${version}`)]);
}

/** envoy.extensions.transport_sockets.tls.v3.Secret: tls_certificate is its field 2, validation_context its field 4. */
function secret(name: string, { cert, key }: Issued, authorities: string): Buffer {
  const inline = (text: string): Buffer => field(2, text);
  const content =
    name === 'default'
      ? field(2, Buffer.concat([field(1, inline(cert)), field(2, inline(key))]))
      : field(4, field(1, inline(authorities)));
  return Buffer.concat([field(1, name), content]);
}

/** A length-delimited field of a protobuf message. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
