import type { CallerCredential } from '../identity/caller-credential.js';
import { ApiKeyEndpoints } from './api-key-endpoints.js';

/** The API-key endpoints called as the caller, and never as anybody else: Elasticsearch authorizes each call again. */
export class CallerGateway extends ApiKeyEndpoints<CallerCredential> {}
