import type { AuditedRoute } from '../authorization/route-audit.js';
import { ServiceError } from '../errors/service-error.js';
import type { OperationId } from '../operations/operations.js';

interface Entry {
  method: string;
  route: string;
  pattern: URLPattern;
  operation: OperationId | undefined;
}

/**
 * Which operation a matched route is, and which methods a path has (for 405 and Allow). Filled once, before listening.
 */
export class RouteTable {
  private entries: Entry[] = [];
  private operations = new Map<string, OperationId>();
  /** Those without parameters. */
  private paths = new Set<string>();

  /** In a path `:name` is a parameter and `::` a colon, as in Fastify. */
  fill(routes: readonly AuditedRoute[]): void {
    this.entries = routes.map(({ method, path, operation }) => ({
      method,
      route: path,
      operation,
      pattern: new URLPattern({ pathname: path.replaceAll('::', '\\:') }),
    }));
    this.paths = new Set(routes.map(({ path }) => path).filter((path) => !path.includes(':')));
    this.operations = new Map(
      routes.flatMap(({ method, path, operation }) =>
        operation === undefined ? [] : [[`${method} ${path}`, operation]],
      ),
    );
  }

  /**
   * A route without parameters (`/v1/user-keys/_summary`) is a resource of its own, though for other methods the
   * router takes its last part for the id of a sibling (`/v1/user-keys/:id`).
   */
  isTakenForSibling(pathname: string, route: string | undefined): boolean {
    return route !== pathname && this.paths.has(pathname);
  }

  /** 405 with what the path has, or 404 when there is no such path. */
  refusal(pathname: string): ServiceError {
    const methods = this.methodsOf(pathname);
    if (methods.length === 0) return new ServiceError('route.not-found', 'There is no such route.');
    const allow = methods.join(', ');
    return new ServiceError('route.method-not-allowed', `This path has ${allow}.`, { headers: { allow } });
  }

  operationOf(method: string, route: string | undefined): OperationId | undefined {
    return this.operations.get(`${method === 'HEAD' ? 'GET' : method} ${route}`);
  }

  /** HEAD beside GET. */
  private methodsOf(pathname: string): string[] {
    const entries = this.entries.filter(({ route, pattern }) =>
      this.paths.has(pathname) ? route === pathname : pattern.test({ pathname }),
    );
    const methods = entries.map(({ method }) => method);
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  }
}
