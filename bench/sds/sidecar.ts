import { connect, type TLSSocket } from 'node:tls';

export interface Identity {
  cert: string;
  key: string;
}

export interface PollResult {
  status: number;
  /** Of a problem. */
  code?: string;
  tookMs: number;
}

/** About what a real Envoy says of itself in every poll: 77 kB, mostly the list of its extensions. */
const EXTENSIONS = JSON.stringify(
  Array.from({ length: 516 }, (_, index) => ({
    name: `envoy.filters.network.some_longer_name_of_a_filter.${index}`,
    category: 'envoy.filters.network',
    type_urls: [`type.googleapis.com/envoy.extensions.filters.network.v3.Filter${index}`],
  })),
);
const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** One Envoy: a TLS connection of its own, and polls on it one after the other. Written on the bare socket, so that thousands fit beside what they measure. */
export class Sidecar {
  version: string | undefined;
  private socket: TLSSocket | undefined;
  private received: Buffer = Buffer.alloc(0);
  private onAnswer: ((answer: { status: number; body: string }) => void) | undefined;
  private onFailure: ((error: Error) => void) | undefined;

  private readonly head: string;

  constructor(nodeId: string, profile: string) {
    this.head = `{"node":{"id":"${nodeId}","cluster":"bench","user_agent_name":"envoy","extensions":${EXTENSIONS}},"resource_names":["${profile}"],"type_url":"${TYPE}"`;
  }

  connect(port: number, identity: Identity, ca: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(
        { host: '127.0.0.1', port, servername: 'localhost', ca, minVersion: 'TLSv1.3', ...identity },
        resolve,
      );
      socket.on('data', (chunk: Buffer) => this.read(chunk));
      socket.on('error', (error: Error) => {
        reject(error);
        this.onFailure?.(error);
      });
      socket.on('close', () => this.onFailure?.(new Error('the connection was closed')));
      this.socket = socket;
    });
  }

  /** @param timeoutMs what Envoy would say its own timeout is. */
  async poll(timeoutMs: number): Promise<PollResult> {
    const version = this.version === undefined ? '' : `,"version_info":"${this.version}"`;
    const body = `${this.head}${version}}`;
    const started = performance.now();
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      this.onAnswer = resolve;
      this.onFailure = reject;
      this.socket?.write(
        `POST /v3/discovery:secrets HTTP/1.1\r\nhost: latchkey\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-envoy-expected-rq-timeout-ms: ${timeoutMs}\r\n\r\n${body}`,
      );
    });
    if (answer.status === 200) this.version = (JSON.parse(answer.body) as { version_info: string }).version_info;
    const code = answer.status >= 400 ? (JSON.parse(answer.body) as { code?: string }).code : undefined;
    return { status: answer.status, tookMs: performance.now() - started, ...(code !== undefined && { code }) };
  }

  close(): void {
    this.onFailure = undefined;
    this.socket?.destroy();
  }

  private read(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.received.length < end + 4 + length) return;
    const body = this.received.toString('utf8', end + 4, end + 4 + length);
    this.received = this.received.subarray(end + 4 + length);
    this.onAnswer?.({ status: Number(head.slice(9, 12)), body });
  }
}
