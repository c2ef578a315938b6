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

  /**
   * Methods of a path, HEAD beside GET; empty when there is no such path. A route without parameters (`/v1/user-keys/_summary`)
   * is a resource of its own, though the pattern of its siblings (`/v1/user-keys/:id`) would take its last part for an id.
   */
  methodsOf(pathname: string): string[] {
    const own = this.entries.filter(({ route }) => route === pathname);
    const methods = (own.length > 0 ? own : this.entries.filter(({ pattern }) => pattern.test({ pathname }))).map(({ method }) => method);
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  }
}
