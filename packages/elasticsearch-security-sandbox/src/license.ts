import { licenseNonCompliant } from './errors.js';
import type { JsonObject } from './json/json-value.js';

/** A kind of license. */
export type LicenseType = 'basic' | 'standard' | 'gold' | 'platinum' | 'enterprise' | 'trial';

/** The state of a license. */
export type LicenseStatus = 'active' | 'expired';

const THIRTY_DAYS = 30 * 24 * 60 * 60 * 1000;
const CROSS_CLUSTER: ReadonlySet<LicenseType> = new Set(['enterprise', 'trial']);
const FIELD_SECURITY: ReadonlySet<LicenseType> = new Set(['platinum', 'enterprise', 'trial']);

/** The license of the sandbox. */
export class License {
  private trialWasUsed: boolean;

  constructor(
    private currentType: LicenseType,
    private currentStatus: LicenseStatus,
    private readonly issuedTo: string,
    private uid: string,
    private issued: number,
  ) {
    this.trialWasUsed = currentType === 'trial';
  }

  get type(): LicenseType {
    return this.currentType;
  }

  get isTrialUsed(): boolean {
    return this.trialWasUsed;
  }

  /** Puts another license in place. */
  change(type: LicenseType, status: LicenseStatus, uid: string, now: number): void {
    this.currentType = type;
    this.currentStatus = status;
    this.uid = uid;
    this.issued = now;
    this.trialWasUsed ||= type === 'trial';
  }

  /** Refuses cross-cluster keys where the license does not have them. */
  requireCrossCluster(): void {
    if (!this.allows(CROSS_CLUSTER)) throw licenseNonCompliant('advanced-remote-cluster-security');
  }

  /** Refuses tokens where the license does not have them. */
  requireTokens(): void {
    if (this.currentType === 'basic' || this.currentStatus !== 'active') throw licenseNonCompliant('security tokens');
  }

  get allowsFieldSecurity(): boolean {
    return this.allows(FIELD_SECURITY);
  }

  /** The answer of `GET /_license`. */
  toJson(): JsonObject {
    const expiry = this.expiry;
    const isEnterprise = this.currentType === 'enterprise';
    return {
      status: this.currentStatus,
      uid: this.uid,
      type: this.currentType,
      issue_date: new Date(this.issued).toISOString(),
      issue_date_in_millis: this.issued,
      expiry_date: expiry === undefined ? undefined : new Date(expiry).toISOString(),
      expiry_date_in_millis: expiry,
      max_nodes: isEnterprise ? null : 1000,
      max_resource_units: isEnterprise ? 1000 : null,
      issued_to: this.issuedTo,
      issuer: 'elasticsearch',
      start_date_in_millis: -1,
    };
  }

  /** The member `license` of `GET /_xpack`. */
  toSummary(): JsonObject {
    return {
      uid: this.uid,
      type: this.currentType,
      mode: this.currentType,
      status: this.currentStatus,
      expiry_date_in_millis: this.expiry,
    };
  }

  private get expiry(): number | undefined {
    if (this.currentType === 'basic') return undefined;
    return this.currentStatus === 'expired' ? this.issued - 1 : this.issued + THIRTY_DAYS;
  }

  private allows(types: ReadonlySet<LicenseType>): boolean {
    return this.currentStatus === 'active' && types.has(this.currentType);
  }
}
