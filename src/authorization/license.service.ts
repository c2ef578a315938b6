import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { ElasticsearchLicense } from '../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../elasticsearch/service-gateway.js';
import { ServiceError } from '../errors/service-error.js';
import type { CallerCredential } from '../identity/caller-credential.js';
import { LicenseObserver } from '../telemetry/license-observer.js';
import { PeriodicTask } from '../timing/periodic-task.js';

/**
 * License types whose feature "advanced-remote-cluster-security" is on (Elasticsearch's LicensedFeature, ENTERPRISE).
 */
const SUFFICIENT_TYPES = ['enterprise', 'trial'];

/** Without a cache the license is still watched no more often than this. */
const WATCH_MIN_MS = 1000;

/**
 * After so many rounds of the watch without a reading the last one is no longer shown: the license may have been
 * renewed since.
 */
const SHOWN_ROUNDS = 4;

/**
 * The cluster's license, as the service identity reads it, or the caller where there is none. Remembered shortly, and
 * only ever to allow: before a refusal it is read anew, and what cannot be read is left for Elasticsearch to decide.
 *
 * It is here because the guard decides by it. What a caller is told of the license is made in `session`, from `read`
 * and `refusalOf`; a rule about licenses belongs here, and a field of an answer belongs there.
 */
@Injectable()
export class LicenseService implements OnModuleInit, OnApplicationShutdown {
  private remembered?: { license: ElasticsearchLicense; at: number };
  private readonly watch: PeriodicTask;
  private forgetting?: NodeJS.Timeout;

  constructor(
    private readonly service: ServiceGateway,
    private readonly caller: CallerGateway,
    private readonly settings: Settings,
    private readonly observer: LicenseObserver,
  ) {
    this.watch = new PeriodicTask({
      run: () => this.look(),
      intervalMs: this.roundMs,
      atOnce: true,
      // A license that cannot be read is soon no longer shown, which says enough.
      onError: () => undefined,
    });
  }

  /** With a service identity the license is watched, so that its end is announced before it comes. */
  onModuleInit(): void {
    if (this.service.available) this.watch.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.watch.stop();
    clearTimeout(this.forgetting);
  }

  /**
   * The license as it is now.
   *
   * @throws ServiceError `privilege.missing` when neither the service nor the caller may read it.
   */
  async read(credential: CallerCredential): Promise<ElasticsearchLicense> {
    const license = (await this.service.license()) ?? (await this.caller.license(credential));
    this.remember(license);
    return license;
  }

  /** @throws ServiceError `license.insufficient`, `license.expired`; silent when the license cannot be known. */
  async requireCrossCluster(credential: CallerCredential): Promise<void> {
    const { remembered } = this;
    if (
      remembered !== undefined &&
      Date.now() - remembered.at < this.settings.licenseCacheMs &&
      refusalOf(remembered.license) === undefined
    )
      return;
    const license = await this.readOrNothing(credential);
    const refusal = license && refusalOf(license);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * The refusal of Elasticsearch itself, which came although nothing was known against it, with what the license is.
   */
  async explain(error: unknown, credential: CallerCredential): Promise<unknown> {
    if (!(error instanceof ServiceError) || error.code !== 'license.insufficient') return error;
    delete this.remembered;
    const license = await this.readOrNothing(credential);
    return (license && refusalOf(license)) ?? error;
  }

  private async look(): Promise<void> {
    const license = await this.service.license();
    if (license !== undefined) this.remember(license);
  }

  private async readOrNothing(credential: CallerCredential): Promise<ElasticsearchLicense | undefined> {
    try {
      return await this.read(credential);
    } catch (error) {
      if (error instanceof ServiceError && error.code !== 'auth.invalid') return undefined;
      throw error;
    }
  }

  private remember(license: ElasticsearchLicense): void {
    this.remembered = { license, at: Date.now() };
    this.observer.licenseRead(license);
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => this.observer.licenseForgotten(), SHOWN_ROUNDS * this.roundMs).unref();
  }

  private get roundMs(): number {
    return Math.max(WATCH_MIN_MS, this.settings.licenseCacheMs);
  }
}

/** Why a license does not allow cross-cluster keys; undefined when it does. */
export function refusalOf({ type, status, expiryMs }: ElasticsearchLicense): ServiceError | undefined {
  const sufficient = SUFFICIENT_TYPES.includes(type);
  if (sufficient && status === 'active') return undefined;
  const members = { required_license: SUFFICIENT_TYPES, present_license: { type, status } };
  if (sufficient && status === 'expired') {
    const since = expiryMs === null ? '' : ` on ${new Date(expiryMs).toISOString()}`;
    return new ServiceError(
      'license.expired',
      `The ${type} license of this cluster expired${since}; cross-cluster keys need an active one.`,
      { members },
    );
  }
  return new ServiceError(
    'license.insufficient',
    `Cross-cluster keys need an active Enterprise or trial license; this cluster has ${type} (${status}).`,
    { members },
  );
}
