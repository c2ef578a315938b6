import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForwardedCall {
  method: string;
  /** Without the query. */
  path: string;
  authorization: string | undefined;
  traceparent: string | undefined;
}

interface Broken {
  match?: ((call: ForwardedCall) => boolean) | undefined;
}

/** Stands between Latchkey and Elasticsearch, changes nothing unless told to, and remembers who every call was made as. */
export class RecordingProxy {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly calls: readonly ForwardedCall[],
    private readonly broken: Broken,
  ) {}

  static async start(target: string): Promise<RecordingProxy> {
    const calls: ForwardedCall[] = [];
    const broken: Broken = {};
    const server = createServer((incoming, outgoing) => {
      const call = { method: incoming.method ?? '', path: (incoming.url ?? '').split('?')[0] ?? '', authorization: incoming.headers.authorization, traceparent: incoming.headers['traceparent'] as string | undefined };
      calls.push(call);
      if (broken.match?.(call)) incoming.resume().on('end', () => outgoing.writeHead(503, { 'x-elastic-product': 'Elasticsearch' }).end());
      else forward(target, incoming, outgoing);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RecordingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, broken);
  }

  /** Answers 503 to calls that match, which then do not reach Elasticsearch; undefined ends that. */
  breakCalls(match: ((call: ForwardedCall) => boolean) | undefined): void {
    this.broken.match = match;
  }

  /** Calls that make, change or end something. */
  get writes(): ForwardedCall[] {
    return this.calls.filter(({ method, path }) => ['PUT', 'DELETE'].includes(method) || (method === 'POST' && !/_query\/|_has_privileges$/.test(path)));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const upstream = request(`${target}${incoming.url}`, { method: incoming.method, headers: { ...incoming.headers, host: new URL(target).host } }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  upstream.on('error', () => outgoing.destroy());
  incoming.pipe(upstream);
}
