import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

interface DocumentedOperation {
  operationId: string;
  responses: Record<
    string,
    { content?: Record<string, { schema?: { allOf?: Array<{ properties?: { code?: { enum?: string[] } } }> } }> }
  >;
}

interface DocumentedRoute {
  pattern: RegExp;
  parameters: number;
  methods: Record<string, DocumentedOperation>;
}

/** Answered by no operation. */
const OF_NO_OPERATION = ['route.not-found', 'route.method-not-allowed'];

let routes: DocumentedRoute[] | undefined;

/** The paths of openapi.yaml, those without parameters first. */
function documentedRoutes(): DocumentedRoute[] {
  const { paths } = load(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8')) as {
    paths: Record<string, DocumentedRoute['methods']>;
  };
  return Object.entries(paths)
    .map(([path, methods]) => ({
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
      parameters: path.split('{').length,
      methods,
    }))
    .sort((a, b) => a.parameters - b.parameters);
}

/**
 * Holds every test to it that a problem is one which openapi.yaml names for the operation, with this status.
 * @throws Error otherwise; nothing is said about answers that are no problems or belong to no operation.
 */
export function mustBeDocumented(method: string, url: string, status: number, body: unknown): void {
  const code = (body as { code?: unknown } | undefined)?.code;
  if (status < 400 || typeof code !== 'string' || OF_NO_OPERATION.includes(code)) return;
  routes ??= documentedRoutes();
  const { pathname } = new URL(url);
  const documented = routes.find(({ pattern }) => pattern.test(pathname))?.methods[method.toLowerCase()];
  if (documented === undefined) return;
  const schema = documented.responses[String(status)]?.content?.['application/problem+json']?.schema;
  const codes = schema?.allOf?.flatMap(({ properties }) => properties?.code?.enum ?? []) ?? [];
  if (!codes.includes(code))
    throw new Error(
      `openapi.yaml does not name ${status} ${code} for ${documented.operationId}, only ${codes.join(', ') || 'nothing'}`,
    );
}
