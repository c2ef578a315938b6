import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to Elasticsearch that can be closed and opened, and counts what goes through it. */
export class GateableProxy {
  url = '';
  open = true;
  /** Requests by their first line, in the order in which they came; also those that a closed gate cut off. */
  readonly requests: string[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.accept(socket));

  constructor(private readonly target: string) {}

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.open = false;
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.close();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(socket: Socket): void {
    const { hostname, port } = new URL(this.target);
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const line = /^(?:GET|POST|PUT|DELETE) \S+ HTTP/m.exec(chunk.toString('latin1'))?.[0];
      if (line !== undefined) this.requests.push(line.replace(/ HTTP$/, ''));
      if (!this.open) socket.destroy();
      else upstream.write(chunk);
    });
    const upstream = connect(Number(port), hostname);
    upstream.on('error', () => socket.destroy());
    upstream.on('data', (chunk) => socket.write(chunk));
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => {
      upstream.destroy();
      this.sockets.delete(socket);
    });
  }
}
