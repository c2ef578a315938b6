import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/wait.js';
import type { Issued } from '../support/workload/certificates.js';
import type { Mesh, MeshAnswer } from '../support/workload/mesh.js';

export const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** About what a real Envoy says of itself: 77 kB, mostly its 516 extensions. */
const EXTENSIONS = Array.from({ length: 516 }, (_, index) => ({
  name: `envoy.filters.network.some_longer_name_of_a_filter.${index}`,
  category: 'envoy.filters.network',
  type_urls: [`type.googleapis.com/envoy.extensions.filters.network.v3.Filter${index}`],
}));

/** As long as Latchkey can be told to hold a poll, and the tests tell it. */
export const LONGEST_HOLD_MS = 120_000;
/** A poll that is held so long, unless something happens. */
export const LONG_POLL = { timeoutMs: LONGEST_HOLD_MS + 500 };

export interface Polled extends MeshAnswer {
  tookMs: number;
  /** Answered before the hold was over. Of a LONG_POLL: something has ended it. */
  early: boolean;
}

export interface PollOptions {
  /** What Envoy says in `x-envoy-expected-rq-timeout-ms`; 1000 by default, as Envoy's own. */
  timeoutMs?: number;
  /** In place of the version in use. */
  version?: string | undefined;
  body?: Record<string, unknown>;
}

/** Polls as Envoy's REST client does: one kept connection, the whole node each time, the version of what it uses. */
export class FakeEnvoy {
  version: string | undefined;
  /** The header value that it would inject. */
  value: string | undefined;
  readonly statuses: number[] = [];
  private agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private running?: Promise<void>;
  private stopping = false;

  constructor(
    public mesh: Mesh,
    private readonly client: Issued,
    private readonly name: string,
    readonly nodeId = 'envoy-1',
  ) {}

  async poll({ timeoutMs = 1000, body = {}, ...options }: PollOptions = {}): Promise<Polled> {
    const version = 'version' in options ? options.version : this.version;
    const started = performance.now();
    const answer = await this.mesh.ask(this.client, 'POST', '/v3/discovery:secrets', {
      agent: this.agent,
      headers: [['x-envoy-expected-rq-timeout-ms', String(timeoutMs)]],
      body: {
        node: { id: this.nodeId, cluster: 'shop', extensions: EXTENSIONS },
        resource_names: [this.name],
        type_url: SECRET_TYPE,
        ...(version !== undefined && { version_info: version }),
        ...body,
      },
    });
    this.statuses.push(answer.status);
    if (answer.status === 200) {
      this.version = answer.body.version_info;
      this.value = answer.body.resources[0].generic_secret.secret.inline_string;
    }
    const tookMs = performance.now() - started;
    return { ...answer, tookMs, early: tookMs < Math.min(timeoutMs - 500, LONGEST_HOLD_MS) };
  }

  /** Polls until it has a secret. */
  async ready(): Promise<this> {
    await eventually(async () => {
      if (this.version === undefined) await this.poll();
      if (this.version === undefined) throw new Error(`no secret: ${this.statuses.join()}`);
    });
    return this;
  }

  /** Goes on polling in the background. */
  start({ timeoutMs = 10_000, delayMs = 20 }: { timeoutMs?: number; delayMs?: number } = {}): void {
    this.stopping = false;
    this.running = (async () => {
      while (!this.stopping) {
        await this.poll({ timeoutMs }).catch(() => undefined);
        await sleep(delayMs);
      }
    })();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.agent.destroy();
    await this.running;
  }

  /** As after the connection was closed. */
  reconnect(): void {
    this.agent.destroy();
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** Id of the key in use. */
  get keyId(): string {
    const encoded = (this.value ?? '').replace(/^ApiKey /, '');
    return Buffer.from(encoded, 'base64').toString().split(':')[0] ?? '';
  }

  get encoded(): string {
    return (this.value ?? '').replace(/^ApiKey /, '');
  }
}
