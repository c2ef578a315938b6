import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.js';

export interface Probes {
  live(): boolean;
  ready(): Promise<boolean>;
}

/** `/metrics`, `/livez` and `/readyz` on a port of their own, which need not be reachable from where the API is. */
export class MetricsServer {
  private readonly server: Server;

  constructor(metrics: Metrics, probes: Probes) {
    this.server = createServer((request, response) => {
      const answer = (status: number, type: string, body: string): void =>
        void response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'GET only\n');
      if (path === '/livez') return answer(probes.live() ? 200 : 503, 'text/plain', 'alive\n');
      if (path === '/readyz') {
        void probes.ready().then((ready) => answer(ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : 'not ready\n'));
        return;
      }
      if (path !== '/metrics') return answer(404, 'text/plain', 'no such path\n');
      metrics.registry.metrics().then(
        (text) => answer(200, metrics.registry.contentType, text),
        () => answer(500, 'text/plain', 'metrics could not be collected\n'),
      );
    });
  }

  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
