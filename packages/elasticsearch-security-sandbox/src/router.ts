import { PlainError } from './errors.js';
import { decodeSegment } from './parameters.js';
import type { Answer, SandboxRequest } from './request.js';

/** A method of HTTP the router knows, in the order Elasticsearch lists them. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'CONNECT'] as const;

/** What must be on for a route to be served, checked before the body is read. */
export type Feature = 'api_keys' | 'cross_cluster' | 'tokens';

/** A route: `{name}` in the path stands for one segment. */
export interface Route {
  readonly methods: readonly string[];
  readonly path: string;
  readonly features: readonly Feature[];
  /** False for the routes that are there even when security is off. */
  readonly isSecurity: boolean;
  readonly handle: (request: SandboxRequest) => Answer;
}

interface Match {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Finds the route of a request. */
export class Router {
  private readonly routes: readonly { route: Route; segments: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.routes = routes.map((route) => ({ route, segments: split(route.path) ?? [] }));
  }

  /** The route of a method and a path; `uri` is named in refusals. */
  find(method: string, path: string, uri: string): Match {
    const segments = split(path);
    const candidates = segments === undefined ? [] : this.matching(segments);
    const allowed = METHODS.filter((known) => candidates.some(({ route }) => route.methods.includes(known)));
    if (!(METHODS as readonly string[]).includes(method))
      throw methodFailure(`Unexpected http method: ${method}`, allowed);
    const found = candidates.find(({ route }) => route.methods.includes(method));
    if (found) return { route: found.route, parameters: this.parametersOf(found.segments, segments ?? [], path) };
    if (allowed.length === 0)
      throw new PlainError(400, { error: `no handler found for uri [${uri}] and method [${method}]` });
    throw methodFailure(`Incorrect HTTP method for uri [${uri}] and method [${method}]`, allowed);
  }

  /** The methods a path answers to. */
  allowed(path: string): string[] {
    const segments = split(path);
    const candidates = segments === undefined ? [] : this.matching(segments);
    return METHODS.filter((known) => candidates.some(({ route }) => route.methods.includes(known)));
  }

  // A literal segment hides the parameter at its place, for every method.
  private matching(asked: readonly string[]): { route: Route; segments: readonly string[] }[] {
    let candidates = this.routes.filter(({ segments }) => segments.length === asked.length);
    for (const [index, segment] of asked.entries()) {
      const literal = candidates.filter(({ segments }) => segments[index] === segment);
      candidates = literal.length > 0 ? literal : candidates.filter(({ segments }) => segments[index]?.startsWith('{'));
    }
    return candidates;
  }

  private parametersOf(
    pattern: readonly string[],
    asked: readonly string[],
    path: string,
  ): ReadonlyMap<string, string> {
    const parameters = new Map<string, string>();
    for (const [index, segment] of pattern.entries()) {
      if (segment.startsWith('{')) parameters.set(segment.slice(1, -1), decodeSegment(asked[index] ?? '', path));
    }
    return parameters;
  }
}

function methodFailure(text: string, allowed: readonly string[]): PlainError {
  return new PlainError(
    405,
    { error: `${text}, allowed: [${allowed.join(', ')}]`, status: 405 },
    { allow: allowed.join(',') },
  );
}

function split(path: string): string[] | undefined {
  const segments = path.slice(1).split('/');
  while (segments.at(-1) === '') segments.pop();
  return segments.includes('') ? undefined : segments;
}
