import { request } from 'node:http';
import { startSandbox, type Sandbox } from '../../src/index.js';
import { difference } from './compare.js';
import { parseExact, type Recorded, type Session, type Step, type Value } from './fixture.js';

/** An exchange the sandbox answered otherwise. */
interface Difference {
  readonly id: string;
  readonly text: string;
}

/** What a replay found. */
export interface Outcome {
  compared: number;
  readonly differences: Difference[];
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const STEP_MILLIS = 10;
const COMPARED_HEADERS = ['www-authenticate', 'allow', 'content-type', 'x-elastic-product', 'x-opaque-id'];

/** Sends the steps of a session to a sandbox of its own and compares the answers with the recorded ones. */
export async function replay(
  session: Session,
  users: readonly Step[],
  version: '9.5.3' | '8.19.21',
  outcome: Outcome,
): Promise<void> {
  let clock = Date.UTC(2026, 10, 24, 9);
  const { steps, name: _name, ...options } = session;
  const sandbox = await startSandbox({ tokensEnabled: false, ...options, version, now: () => clock });
  const run = new Run(sandbox, version);
  try {
    for (const step of [...fixtureSteps(session, users), ...steps]) {
      clock += step.advance ?? STEP_MILLIS;
      if (step.advance === undefined) await run.step(step, outcome);
    }
  } finally {
    await sandbox.close();
  }
}

// The fixture is compared once and only repeated by the other sessions; without security nobody could make it.
function fixtureSteps(session: Session, users: readonly Step[]): readonly Step[] {
  if (session.securityEnabled === false) return [];
  return session.steps.length === 0 ? users : users.map(({ id: _id, ...step }) => step);
}

class Run {
  private readonly ids = new Map<string, string>();
  private readonly encoded = new Map<string, string>();
  private readonly tokens = new Map<string, { access: string; refresh: string }>();
  private serviceToken = '';

  constructor(
    private readonly sandbox: Sandbox,
    private readonly version: '9.5.3' | '8.19.21',
  ) {}

  async step(step: Step, outcome: Outcome): Promise<void> {
    if (step.alias !== undefined) {
      this.encoded.set(step.alias, this.encoded.get(step.key ?? '') ?? '');
      return;
    }
    const reply = await this.send(step);
    this.bind(step, reply);
    const expected = this.expected(step);
    if (!expected || step.id === undefined) return;
    outcome.compared += 1;
    const text = this.compare(step, expected, reply);
    if (text !== undefined) outcome.differences.push({ id: step.id, text });
  }

  private expected(step: Step): Recorded | undefined {
    if (step.id === undefined) return undefined;
    if (this.version === '9.5.3') return step;
    return step.on8 ?? (step.only9 ? undefined : step);
  }

  private compare(step: Step, expected: Recorded, reply: Reply): string | undefined {
    if (expected.s !== reply.status) return `status ${reply.status}, not ${expected.s}: ${reply.body.slice(0, 300)}`;
    const isYaml = String(reply.headers['content-type']).includes('yaml');
    const known = this.forget(reply.body);
    const actual: Value = known === '' ? null : isYaml ? hideYaml(known) : parseExact(known);
    const body = expected.r ?? null;
    const wanted = typeof body === 'string' ? hideYaml(body) : body;
    return difference(wanted, actual, isSorted(step)) ?? this.compareHeaders(expected, reply);
  }

  private compareHeaders(expected: Recorded, reply: Reply): string | undefined {
    const isRefusal = [401, 403, 413].includes(reply.status);
    if ((reply.headers['x-elastic-product'] === undefined) !== isRefusal)
      return `x-elastic-product with ${reply.status}`;
    for (const name of COMPARED_HEADERS) {
      const wanted = expected.rh?.[name];
      if (wanted === undefined) continue;
      const got = [reply.headers[name] ?? []].flat();
      if (JSON.stringify(wanted) !== JSON.stringify(got))
        return `header ${name}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
    }
    return undefined;
  }

  private bind(step: Step, reply: Reply): void {
    if (reply.status !== 200 || !reply.body.startsWith('{')) return;
    const body = JSON.parse(reply.body) as Record<string, unknown>;
    const recorded = step.key ?? (step.r as Record<string, unknown> | undefined)?.['id'];
    if (typeof body['encoded'] === 'string' && typeof recorded === 'string') {
      this.ids.set(recorded, String(body['id']));
      for (const name of [recorded, step.caller]) {
        if (name !== undefined) this.encoded.set(name, body['encoded']);
      }
    }
    const { access_token: access, refresh_token: refresh, token } = body;
    if (typeof access === 'string' && step.token !== undefined)
      this.tokens.set(step.token, { access, refresh: String(refresh) });
    if (typeof token === 'object' && token && 'value' in token) this.serviceToken = String(token.value);
  }

  private send(step: Step): Promise<Reply> {
    const headers: Record<string, string> = {};
    const authorization = this.authorization(step);
    if (authorization !== undefined) headers['authorization'] = authorization;
    const body = this.body(step);
    if (body) headers['content-type'] = 'application/json';
    for (const [name, value] of Object.entries(step.h ?? {})) {
      if (value === null) delete headers[name.toLowerCase()];
      else headers[name.toLowerCase()] = value;
    }
    if (body) headers['content-length'] = String(body.length);
    const { hostname, port } = new URL(this.sandbox.url);
    return new Promise((resolve, reject) => {
      const call = request({ hostname, port, method: step.m, path: this.translate(step.p), headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: splitChallenges(response),
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  private body(step: Step): Buffer | undefined {
    const json = (this.version === '8.19.21' ? step.on8?.b : undefined) ?? step.b;
    if (step.raw64 !== undefined) return Buffer.from(step.raw64, 'base64');
    if (step.raw !== undefined) return step.raw === '' ? undefined : Buffer.from(step.raw);
    if (step.repeat) return Buffer.from(unroll(step.repeat));
    if (json === undefined) return undefined;
    const text = this.translate(writeExact(json))
      .replaceAll(/"api_key":"([\w+/=]+)"/g, (_, value: string) => `"api_key":"${this.reencode(value)}"`)
      .replaceAll('<encoded>', this.encoded.get(step.secret ?? '') ?? '')
      .replaceAll('<access_token>', this.tokens.get('tok_own')?.access ?? '')
      .replaceAll('<refresh_token>', this.tokens.get('tok_refresh')?.refresh ?? '');
    return Buffer.from(text);
  }

  private authorization(step: Step): string | undefined {
    const caller = step.as === undefined ? 'elastic' : step.as;
    if (caller === null) return undefined;
    if (caller === 'raw') return this.rawAuthorization(step);
    if (caller === 'svc') return `Bearer ${this.serviceToken}`;
    const token = this.tokens.get(caller);
    if (token) return `Bearer ${token.access}`;
    const key = this.encoded.get(caller);
    if (key !== undefined) return `ApiKey ${key}`;
    return `Basic ${Buffer.from(`${caller}:${caller === 'elastic' ? 'changeme' : 'password1'}`).toString('base64')}`;
  }

  private rawAuthorization(step: Step): string {
    const encoded = this.encoded.get(step.secret ?? '') ?? '';
    const value = (step.auth ?? '')
      .replace('<encoded without padding>', encoded.replace(/=+$/, ''))
      .replace('<encoded>', encoded)
      .replace('<service_token>', this.serviceToken);
    const [scheme = '', ...rest] = value.split(' ');
    return rest.length === 1 ? `${scheme} ${this.reencode(rest[0] ?? '')}` : value;
  }

  /** Ids within Base64 are translated too. */
  private reencode(value: string): string {
    const decoded = Buffer.from(value, 'base64').toString('utf8');
    const translated = this.translate(decoded);
    return translated === decoded ? value : Buffer.from(translated).toString('base64');
  }

  private translate(text: string): string {
    let translated = text;
    for (const [recorded, id] of this.ids) translated = translated.replaceAll(recorded, id);
    return translated;
  }

  /** Puts the recorded ids in place of the actual ones. */
  private forget(text: string): string {
    let known = text;
    for (const [recorded, id] of this.ids) known = known.replaceAll(id, recorded);
    return known;
  }
}

// Without a sort the order of keys means nothing.
function isSorted({ b }: Step): boolean {
  if (typeof b !== 'object' || b === null || !('sort' in b)) return false;
  return !(Array.isArray(b['sort']) && b['sort'].length === 0);
}

function hideYaml(text: string): string {
  return text.replaceAll(/^(id|api_key|encoded): ".*"$/gm, '$1: "<hidden>"');
}

function splitChallenges(response: {
  rawHeaders: string[];
  headers: NodeJS.Dict<string | string[]>;
}): Record<string, string | string[] | undefined> {
  const challenges = response.rawHeaders.filter(
    (_, index) => index % 2 === 1 && response.rawHeaders[index - 1]?.toLowerCase() === 'www-authenticate',
  );
  return { ...response.headers, 'www-authenticate': challenges };
}

function unroll(parts: readonly (string | number)[]): string {
  let text = '';
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'number') text += String(parts[index - 1]).repeat(part - 1);
    else text += part;
  }
  return text;
}

function writeExact(value: Value): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && 'text' in member && Object.keys(member).length === 1
      ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(member.text))
      : member,
  );
}
