import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForwardedCall {
  method: string;
  /** Without the query. */
  path: string;
  authorization: string | undefined;
  traceparent: string | undefined;
}

interface Delays {
  /** What the call waits for before it goes on to Elasticsearch. */
  call?: Promise<unknown>;
  /** What its answer waits for before it comes back. */
  answer?: Promise<unknown>;
}

interface Faults {
  broken?: ((call: ForwardedCall) => boolean) | undefined;
  /** Body of a 200 to answer broken calls with in place of a 503. */
  pretended?: string | undefined;
  delays?: ((call: ForwardedCall) => Delays | undefined) | undefined;
}

/** Stands between Latchkey and Elasticsearch, changes nothing unless told to, and remembers who every call was made as. */
export class RecordingProxy {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly calls: readonly ForwardedCall[],
    private readonly faults: Faults,
  ) {}

  static async start(target: string): Promise<RecordingProxy> {
    const calls: ForwardedCall[] = [];
    const faults: Faults = {};
    const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
      const call = {
        method: incoming.method ?? '',
        path: (incoming.url ?? '').split('?')[0] ?? '',
        authorization: incoming.headers.authorization,
        traceparent: incoming.headers['traceparent'] as string | undefined,
      };
      calls.push(call);
      if (faults.broken?.(call))
        incoming.resume().on('end', () =>
          outgoing
            .writeHead(faults.pretended === undefined ? 503 : 200, {
              'x-elastic-product': 'Elasticsearch',
              'content-type': 'application/json',
            })
            .end(faults.pretended),
        );
      else void forward(target, incoming, outgoing, faults.delays?.(call));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RecordingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, faults);
  }

  /** Answers 503, or 200 and `pretended`, to calls that match, which then do not reach Elasticsearch; undefined ends that. */
  breakCalls(match: ((call: ForwardedCall) => boolean) | undefined, pretended?: string): void {
    this.faults.broken = match;
    this.faults.pretended = pretended;
  }

  /** Holds calls or their answers up; undefined ends that. */
  delayCalls(delays: ((call: ForwardedCall) => Delays | undefined) | undefined): void {
    this.faults.delays = delays;
  }

  /** Calls that make, change or end something. */
  get writes(): ForwardedCall[] {
    return this.calls.filter(
      ({ method, path }) =>
        ['PUT', 'DELETE'].includes(method) || (method === 'POST' && !/_query\/|_has_privileges$/.test(path)),
    );
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { call, answer: release }: Delays = {},
): Promise<void> {
  await call;
  const upstream = request(
    `${target}${incoming.url}`,
    { method: incoming.method, headers: { ...incoming.headers, host: new URL(target).host } },
    (answer) => {
      const pass = (): void => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      };
      if (release === undefined) pass();
      else void release.then(pass);
    },
  );
  upstream.on('error', () => outgoing.destroy());
  incoming.pipe(upstream);
}
