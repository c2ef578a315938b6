/** Who calls, in Elasticsearch's own words (`GET /_security/_authenticate`). */
export interface Caller {
  username: string;
  realm: { name: string; type: string };
  authenticationType: string;
  /** The API key that the caller authenticated with, if it did. */
  apiKey?: { id: string; name?: string };
}
