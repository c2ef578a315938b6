import type { AuditedRoute } from '../authorization/route-audit.js';

interface Entry {
  method: string;
  route: string;
  pattern: URLPattern;
  operation: string | undefined;
}

/** Which operation a matched route is, and which methods a path has (for 405 and Allow). Filled once, before listening. */
export class RouteTable {
  private entries: Entry[] = [];
  private operations = new Map<string, string>();

  /** In a path `:name` is a parameter and `::` a colon, as in Fastify. */
  fill(routes: readonly AuditedRoute[]): void {
    this.entries = routes.map(({ method, path, operation }) => ({ method, route: path, operation, pattern: new URLPattern({ pathname: path.replaceAll('::', '\\:') }) }));
    this.operations = new Map(routes.flatMap(({ method, path, operation }) => (operation === undefined ? [] : [[`${method} ${path}`, operation]])));
  }

  operationOf(method: string, route: string | undefined): string | undefined {
    return this.operations.get(`${method === 'HEAD' ? 'GET' : method} ${route}`);
  }

  /** Methods of a path, HEAD beside GET; empty when there is no such path. */
  methodsOf(pathname: string): string[] {
    const methods = this.entries.filter(({ pattern }) => pattern.test({ pathname })).map(({ method }) => method);
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  }
}
