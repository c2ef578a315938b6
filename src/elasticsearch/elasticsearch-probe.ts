import { errors, type Client } from '@elastic/elasticsearch';

/** Asks whether Elasticsearch answers at all, without a credential: 401 is the best answer that can come. */
export class ElasticsearchProbe {
  constructor(
    private readonly client: Client,
    private readonly timeoutMs: number,
  ) {}

  async isReachable(): Promise<boolean> {
    try {
      await this.client.transport.request(
        { method: 'GET', path: '/_security/_authenticate' },
        { signal: AbortSignal.timeout(this.timeoutMs) },
      );
      return true;
    } catch (error) {
      return error instanceof errors.ResponseError && (error.statusCode ?? 500) < 500;
    }
  }
}
