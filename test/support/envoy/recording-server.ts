import { createServer as createPlainServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface Received {
  path: string;
  headers: IncomingMessage['headers'];
  /** subjectaltname of the client's certificate, if one was shown and is good. */
  client?: string;
  serverName?: string;
  body: ReturnType<typeof JSON.parse>;
}

export interface RecordingServer {
  port: number;
  received: Received[];
  stop(): Promise<void>;
}

/**
 * A server that remembers what it is asked, and answers `answer(request)` on a connection that it then closes. With
 * `tls` it wants a client certificate of `tls.ca`, if `tls.requestCert` says so.
 */
export async function startRecordingServer(
  answer: (request: Received) => object,
  tls?: ServerOptions,
): Promise<RecordingServer> {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = describeCall(request, Buffer.concat(chunks).toString());
      received.push(call);
      response
        .writeHead(200, { 'content-type': 'application/json', connection: 'close' })
        .end(JSON.stringify(answer(call)));
    });
  };
  const server: Server = tls === undefined ? createPlainServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, received, stop };
}

/** What Latchkey answers to Envoy: one secret under the name that was asked for. */
export function secretAnswer({ body }: Received, value: string): object {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
  const secret = { '@type': type, name: body.resource_names[0], generic_secret: { secret: { inline_string: value } } };
  return { version_info: value, resources: [secret], type_url: type };
}

function describeCall(request: IncomingMessage, text: string): Received {
  const socket = request.socket as Partial<TLSSocket>;
  return {
    path: request.url ?? '',
    headers: request.headers,
    ...(socket.authorized === true && { client: socket.getPeerCertificate?.().subjectaltname }),
    ...(typeof socket.servername === 'string' && { serverName: socket.servername }),
    body: text === '' ? undefined : JSON.parse(text),
  };
}
