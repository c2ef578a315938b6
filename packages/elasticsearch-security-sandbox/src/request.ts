import { illegalArgument, parseException } from './errors.js';
import { JsonScanner } from './json/json-scanner.js';
import type { JsonObject } from './json/json-value.js';
import type { SandboxNode } from './node.js';
import type { Parameters } from './parameters.js';
import type { Subject } from './subject.js';

/** An answer of a handler. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** 200 with a body. */
export function ok(body: JsonObject): Answer {
  return { status: 200, body };
}

/** A request whose caller is known and whose route was found. */
export class SandboxRequest {
  private bodyWasRead = false;

  constructor(
    readonly node: SandboxNode,
    readonly subject: Subject,
    readonly method: string,
    readonly path: string,
    readonly pathParameters: ReadonlyMap<string, string>,
    readonly parameters: Parameters,
    private readonly body: Buffer,
  ) {}

  /** A parameter of the path. */
  pathParameter(name: string): string {
    return this.pathParameters.get(name) ?? '';
  }

  /** The body, if there is one. */
  optionalBody(): JsonScanner | undefined {
    this.bodyWasRead = true;
    return this.body.length > 0 ? new JsonScanner(this.body) : undefined;
  }

  /** The body, which must be there. */
  requiredBody(message = 'request body is required'): JsonScanner {
    const scanner = this.optionalBody();
    if (!scanner) throw parseException(message);
    return scanner;
  }

  /** Refuses parameters and a body the handler did not ask for. Called when everything is parsed. */
  refuseUnconsumed(): void {
    this.parameters.refuseUnconsumed(this.path);
    if (this.body.length > 0 && !this.bodyWasRead) {
      throw illegalArgument(`request [${this.method} ${this.path}] does not support having a body`);
    }
  }
}
