/** A license as Elasticsearch describes it; `expiryMs` is null for one that never expires. */
export interface LicenseReading {
  type: string;
  status: string;
  expiryMs: number | null;
}

/** Is told of every license that was read; the observability folder makes a metric and a warning of it. */
export abstract class LicenseObserver {
  abstract licenseRead(license: LicenseReading): void;
  /** The last reading is too old to be shown. */
  abstract licenseForgotten(): void;
}
