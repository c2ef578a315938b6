import type { ElasticsearchLicense } from '../elasticsearch/elasticsearch-types.js';

/** Is told of every license that was read; the observability folder makes a metric and a warning of it. */
export abstract class LicenseObserver {
  abstract licenseRead(license: ElasticsearchLicense): void;
  /** The last reading is too old to be shown. */
  abstract licenseForgotten(): void;
}
