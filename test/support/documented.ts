import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
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

interface ProblemSchema {
  required: string[];
  'x-members-by-code': Record<string, { required?: string[]; optional?: string[] }>;
}

interface OpenApi {
  paths: Record<string, DocumentedRoute['methods']>;
  components: { schemas: { Problem: ProblemSchema } };
}

interface Documented {
  routes: DocumentedRoute[];
  problem: ProblemSchema;
  isProblem: ValidateFunction;
}

let documented: Documented | undefined;

function readDocument(): Documented {
  const { paths, components } = load(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8')) as OpenApi;
  const problem = components.schemas.Problem;
  // Formats are words for people here: what they promise is held where the values are made.
  const isProblem = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(problem);
  return { routes: routesOf(paths), problem, isProblem };
}

/** Those without parameters first. */
function routesOf(paths: OpenApi['paths']): DocumentedRoute[] {
  return Object.entries(paths)
    .map(([path, methods]) => ({
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
      parameters: path.split('{').length,
      methods,
    }))
    .sort((a, b) => a.parameters - b.parameters);
}

/**
 * Holds every test to it that a problem is one which openapi.yaml names for the operation, with this status, and that it
 * has the members which openapi.yaml names for its code, and no others.
 * @throws Error otherwise; nothing is said about answers that are no problems. Only the members are held where no
 * operation is meant.
 */
export function mustBeDocumented(method: string, url: string, status: number, body: unknown): void {
  const code = (body as { code?: unknown } | undefined)?.code;
  if (status < 400 || typeof code !== 'string') return;
  documented ??= readDocument();
  mustHaveItsMembers(documented, code, body as object);
  if (OF_NO_OPERATION.includes(code)) return;
  const { pathname } = new URL(url);
  const operation = documented.routes.find(({ pattern }) => pattern.test(pathname))?.methods[method.toLowerCase()];
  if (operation === undefined) return;
  const schema = operation.responses[String(status)]?.content?.['application/problem+json']?.schema;
  const codes = schema?.allOf?.flatMap(({ properties }) => properties?.code?.enum ?? []) ?? [];
  if (!codes.includes(code))
    throw new Error(
      `openapi.yaml does not name ${status} ${code} for ${operation.operationId}, only ${codes.join(', ') || 'nothing'}`,
    );
}

function mustHaveItsMembers({ problem, isProblem }: Documented, code: string, body: object): void {
  const { required = [], optional = [] } = problem['x-members-by-code'][code] ?? {};
  const needed = [...problem.required, ...required];
  const given = Object.keys(body);
  const missing = needed.filter((name) => !given.includes(name));
  const unnamed = given.filter((name) => ![...needed, ...optional].includes(name));
  if (missing.length > 0) throw new Error(`a problem with ${code} lacks ${missing.join(', ')}`);
  if (unnamed.length > 0) throw new Error(`openapi.yaml names no ${unnamed.join(', ')} for ${code}`);
  if (!isProblem(body)) throw new Error(`a problem with ${code} is not as openapi.yaml says: ${ajvText(isProblem)}`);
}

function ajvText({ errors }: ValidateFunction): string {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join('; ');
}
