import { UNIT_MS } from '../config/duration.js';
import type { KeySample, KeyWatchObserver, StuckRotation } from '../telemetry/key-watch-observer.js';
import type { AuditFailureObserver } from '../telemetry/audit-failure-observer.js';
import type { LicenseObserver, LicenseReading } from '../telemetry/license-observer.js';
import type { UpstreamObserver, UpstreamOutcome } from '../telemetry/upstream-observer.js';
import type { ClockObserver } from '../telemetry/clock-observer.js';
import type { HealthObserver } from '../telemetry/health-observer.js';
import type { DefectObserver } from '../telemetry/defect-observer.js';
import { codeOf, ServiceError } from '../errors/service-error.js';
import type { EndedRequest, RequestObserver } from '../telemetry/request-observer.js';
import type { MeshObserver } from '../telemetry/tls-observer.js';
import type { Logger } from './log.js';
import type { Metrics } from './metrics.js';

/** Clocks that are kept in step differ by less. */
const CLOCK_TOLERANCE_MS = 5000;

/**
 * Writes one line a request and counts it. The fields are named here one by one: nothing that a caller or
 * Elasticsearch sends gets into the log by being part of some object.
 */
export class ServiceObserver
  implements
    RequestObserver,
    UpstreamObserver,
    ClockObserver,
    DefectObserver,
    LicenseObserver,
    AuditFailureObserver,
    KeyWatchObserver,
    HealthObserver,
    MeshObserver
{
  private licenseWarnedAt = 0;
  private clockWarnedAt = 0;

  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly licenseWarningDays: number,
  ) {}

  requestEnded(request: EndedRequest): void {
    const { operation = 'none', status, durationMs } = request;
    this.metrics.requestEnded(operation, status, durationMs);
    // Thousands of Envoys poll all the time; that one of them was told nothing new is no news.
    const level = operation === 'sds.fetch' && status === 304 ? 'debug' : 'info';
    this.logger[level](
      {
        request_id: request.requestId,
        operation,
        method: request.method,
        route: request.route ?? null,
        status,
        code: request.code,
        duration_ms: Math.round(durationMs * 10) / 10,
        username: request.username,
        realm: request.realm,
        workload: request.workload,
      },
      'request',
    );
  }

  observe(endpoint: string, outcome: UpstreamOutcome, durationMs: number, cause?: string): void {
    this.metrics.upstreamCalled(endpoint, outcome, durationMs);
    if (outcome === 'ok' || outcome === 'refused') return;
    this.logger.warn({ endpoint, outcome, cause, duration_ms: Math.round(durationMs) }, 'elasticsearch');
  }

  elasticsearchProbed(reachable: boolean): void {
    this.metrics.elasticsearchProbed(reachable);
  }

  /** Warns once an hour while the clocks differ by more than five seconds. */
  clockCompared(offsetMs: number): void {
    this.metrics.clockCompared(offsetMs);
    const now = performance.now();
    const warnedLately = this.clockWarnedAt > 0 && now - this.clockWarnedAt < UNIT_MS.h;
    if (Math.abs(offsetMs) <= CLOCK_TOLERANCE_MS || warnedLately) return;
    this.clockWarnedAt = now;
    this.logger.warn(
      { offset_seconds: Math.round(offsetMs / 1000) },
      'the clocks of Elasticsearch and of this replica differ, so ends of keys are judged too early or too late',
    );
  }

  /** Warns once a day while the license ends within `licenseWarningDays`, or has ended. */
  licenseRead({ type, status, expiryMs }: LicenseReading): void {
    const now = Date.now();
    const daysLeft = expiryMs === null ? null : Math.floor((expiryMs - now) / UNIT_MS.d);
    this.metrics.licenseRead(type, expiryMs);
    if (daysLeft === null || daysLeft > this.licenseWarningDays || now - this.licenseWarnedAt < UNIT_MS.d) return;
    this.licenseWarnedAt = now;
    this.logger.warn(
      { license: type, license_status: status, days_left: daysLeft },
      'the license of the cluster ends soon; then cross-cluster keys can be neither made, changed nor used',
    );
  }

  licenseForgotten(): void {
    this.metrics.licenseForgotten();
  }

  auditFailed(event: string): void {
    this.metrics.auditFailed();
    this.logger.error({ event }, 'an audit event could not be written');
  }

  keysSampled(sample: KeySample): void {
    this.metrics.keysSampled(sample);
  }

  rotationStuck({ state, oldKeyId, newKeyId }: StuckRotation): void {
    this.logger.warn(
      { state, old_key_id: oldKeyId, new_key_id: newKeyId },
      'a rotation of a managed key does not go on by itself: finalize or cancel it',
    );
  }

  keyWatchFailed(code: string): void {
    this.metrics.keyWatchFailed();
    this.logger.warn({ code }, 'looking over the keys failed');
  }

  keysRevived(count: number): void {
    this.metrics.keysRevived(count);
    this.logger.warn({ count }, 'ended keys were alive again after an overlapping update, and are being ended again');
  }

  certificatesInForce(expiryMs: number): void {
    this.metrics.certificatesInForce(expiryMs);
  }

  certificatesReloaded(): void {
    this.logger.info('the TLS files have changed and are in use');
  }

  certificatesRefused(problem: string): void {
    this.metrics.certificatesRefused();
    this.logger.error({ problem }, 'the TLS files have changed and cannot be used; the last good ones stay');
  }

  /** Counts who was proved and who was not, and passes the outcome on. */
  async workload<Identity extends { source: string }>(authentication: Promise<Identity>): Promise<Identity> {
    try {
      const identity = await authentication;
      this.metrics.workloadAuthenticated(identity.source);
      return identity;
    } catch (error) {
      const code = codeOf(error);
      this.metrics.workloadAuthenticated(code.replace('workload.', ''));
      if (error instanceof ServiceError && error.status >= 500)
        this.logger.warn({ code, detail: error.detail }, 'a token of a workload could not be verified');
      throw error;
    }
  }

  handshakeRefused(code: string): void {
    this.metrics.handshakeRefused();
    this.logger.debug({ code }, 'a client of the mesh port did not get through the TLS handshake');
  }

  defect(requestId: string, name: string, stack: string): void {
    this.logger.error({ request_id: requestId, error: name, stack }, 'defect');
  }
}
