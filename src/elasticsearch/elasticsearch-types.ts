import type { JsonRecord } from '../json/json-record.js';

/** A key as Elasticsearch describes it (GET and QUERY `/_security/api_key`). */
export interface ElasticsearchKey {
  id: string;
  name: string;
  type: 'rest' | 'cross_cluster';
  creation: number;
  expiration?: number;
  invalidated: boolean;
  invalidation?: number;
  username: string;
  realm: string;
  realm_type?: string;
  metadata: JsonRecord;
  role_descriptors: JsonRecord;
  limited_by?: JsonRecord[];
  access?: JsonRecord;
  certificate_identity?: string;
  _sort?: unknown[];
}

export interface KeyPage {
  total: number;
  keys: ElasticsearchKey[];
  aggregations: JsonRecord;
}

export interface CreatedKey {
  id: string;
  name: string;
  expiration?: number;
  api_key: string;
  encoded: string;
}

export interface InvalidationResult {
  invalidated: string[];
  previouslyInvalidated: string[];
  /** Reasons of single failures; Elasticsearch does not say which field names the key, but the text does. */
  errors: string[];
}

export interface ElasticsearchLicense {
  type: string;
  status: string;
  expiryMs: number | null;
}

export interface ElasticsearchInfo {
  version: string;
  flavor: string;
}

export type RefreshPolicy = 'true' | 'false' | 'wait_for';
