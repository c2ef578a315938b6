import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { KeySample } from '../telemetry/key-watch-observer.js';
import type { UpstreamOutcome } from '../telemetry/upstream-observer.js';

const LATENCY_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** All metrics of one service instance. Labels come from fixed sets, so the number of series is bounded. */
export class Metrics {
  readonly registry = new Registry();

  private readonly requests = new Histogram({
    name: 'latchkey_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer, by operation.',
    labelNames: ['operation', 'status'] as const,
    buckets: LATENCY_BUCKETS_S,
    registers: [this.registry],
  });

  private readonly upstreamCalls = new Histogram({
    name: 'latchkey_elasticsearch_request_duration_seconds',
    help: 'Time of one call to Elasticsearch, by call and outcome.',
    labelNames: ['call', 'outcome'] as const,
    buckets: LATENCY_BUCKETS_S,
    registers: [this.registry],
  });

  private readonly reachable = new Gauge({
    name: 'latchkey_elasticsearch_reachable',
    help: '1 when Elasticsearch answered the last readiness probe, 0 when it did not; absent before the first.',
    registers: [this.registry],
  });

  private readonly clockOffset = new Gauge({
    name: 'latchkey_elasticsearch_clock_offset_seconds',
    help: 'How far the clock of Elasticsearch is ahead of that of this replica; absent before it is known.',
    registers: [this.registry],
  });

  private readonly licenseExpiry = new Gauge({
    name: 'latchkey_license_expiry_timestamp_seconds',
    help:
      'When the license of the cluster ends, by its type; absent for a license without end, and when it has not ' +
      'been read lately.',
    labelNames: ['type'] as const,
    registers: [this.registry],
  });

  private readonly auditFailures = new Counter({
    name: 'latchkey_audit_failures_total',
    help: 'Audit events that could not be written.',
    registers: [this.registry],
  });

  private readonly refusals = new Counter({
    name: 'latchkey_credentials_refused_total',
    help: 'Requests whose credential or privileges were refused.',
    registers: [this.registry],
  });

  private readonly workloads = new Counter({
    name: 'latchkey_workload_authentications_total',
    help:
      'Requests of workloads by what proved them (mtls, xfcc, jwt_svid, kubernetes, jwt) or why nothing did ' +
      '(unauthenticated, conflict, verifier-unavailable).',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });

  private readonly handshakes = new Counter({
    name: 'latchkey_mesh_handshakes_refused_total',
    help: 'Clients of the mesh port that did not get through the TLS handshake.',
    registers: [this.registry],
  });

  private readonly tlsFilesRejected = new Gauge({
    name: 'latchkey_tls_files_rejected',
    help: '1 while the present TLS files cannot be used and the last good ones are served.',
    registers: [this.registry],
  });

  private readonly certificateExpiry = new Gauge({
    name: 'latchkey_tls_certificate_expiry_timestamp_seconds',
    help: 'When the server certificate that is served ends; absent without TLS.',
    registers: [this.registry],
  });

  private readonly keys = new Gauge({
    name: 'latchkey_keys',
    help: 'API keys that the service identity can see, by type and status; sampled.',
    labelNames: ['type', 'status'] as const,
    registers: [this.registry],
  });

  private readonly soonestExpiry = new Gauge({
    name: 'latchkey_managed_key_soonest_expiry_timestamp_seconds',
    help:
      'When the first live managed key expires, by the label of the rule that knows its manager; sampled, absent ' +
      'without one.',
    labelNames: ['manager'] as const,
    registers: [this.registry],
  });

  private readonly rotations = new Gauge({
    name: 'latchkey_managed_key_rotations',
    help:
      'Rotations of managed keys by state; sampled. incomplete, overdue, abandoned and failed do not go on by ' +
      'themselves.',
    labelNames: ['state'] as const,
    registers: [this.registry],
  });

  private readonly watchFailures = new Counter({
    name: 'latchkey_key_watch_failures_total',
    help: 'Rounds of looking over the keys that failed; sampled figures are then old.',
    registers: [this.registry],
  });

  private readonly revivals = new Counter({
    name: 'latchkey_keys_revived_total',
    help: 'Keys that an overlapping update had brought back to life after their end was confirmed; ended again.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // A gauge without labels begins with 0, which would say that Elasticsearch is away, or a certificate long expired.
    for (const gauge of [this.reachable, this.certificateExpiry, this.clockOffset]) gauge.remove();
    // Gauges that are named like counters; the same counts by kind stay.
    for (const what of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${what}_total`);
  }

  /** @param operation an id of the operations table, or a fixed word such as `none`. */
  requestEnded(operation: string, status: number, durationMs: number): void {
    this.requests.labels(operation, String(status)).observe(durationMs / 1000);
  }

  upstreamCalled(call: string, outcome: UpstreamOutcome, durationMs: number): void {
    this.upstreamCalls.labels(call, outcome).observe(durationMs / 1000);
  }

  elasticsearchProbed(reachable: boolean): void {
    this.reachable.set(reachable ? 1 : 0);
  }

  clockCompared(offsetMs: number): void {
    this.clockOffset.set(offsetMs / 1000);
  }

  licenseRead(type: string, expiryMs: number | null): void {
    this.licenseExpiry.reset();
    if (expiryMs !== null) this.licenseExpiry.labels(type).set(expiryMs / 1000);
  }

  licenseForgotten(): void {
    this.licenseExpiry.reset();
  }

  auditFailed(): void {
    this.auditFailures.inc();
  }

  workloadAuthenticated(outcome: string): void {
    this.workloads.inc({ outcome });
  }

  handshakeRefused(): void {
    this.handshakes.inc();
  }

  certificatesInForce(expiryMs: number): void {
    this.tlsFilesRejected.set(0);
    this.certificateExpiry.set(expiryMs / 1000);
  }

  certificatesRefused(): void {
    this.tlsFilesRejected.set(1);
  }

  keysSampled({ counts, soonestExpiry, rotations }: KeySample): void {
    for (const { type, status, count } of counts) this.keys.labels(type, status).set(count);
    this.soonestExpiry.reset();
    for (const [manager, expiryMs] of soonestExpiry) this.soonestExpiry.labels(manager).set(expiryMs / 1000);
    this.rotations.reset();
    for (const [state, count] of rotations) this.rotations.labels(state).set(count);
  }

  keysRevived(count: number): void {
    this.revivals.inc(count);
  }

  keyWatchFailed(): void {
    this.watchFailures.inc();
  }

  credentialRefused(): void {
    this.refusals.inc();
  }
}
