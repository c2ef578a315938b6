import { setTimeout as pause } from 'node:timers/promises';
import { call, objectAt } from './http.ts';
import { messageOf, type ElasticsearchTarget, type Endpoint, type StartOptions } from './types.ts';

const POLL_MS = 250;
/** Ends a hang. A slow, busy machine needs minutes. */
export const START_LIMIT_MS = 20 * 60_000;

/**
 * Returns when security, the license and the key store of the node answer. `ended` tells why the node is gone, if it
 * is: then this throws.
 */
export async function waitUntilReady(
  es: Endpoint,
  target: ElasticsearchTarget,
  options: StartOptions,
  ended: () => string | undefined = () => undefined,
): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  let missing = 'no answer yet';
  while (Date.now() < deadline) {
    const gone = ended();
    if (gone !== undefined) throw new Error(gone);
    const found = await firstMissing(es, target, options);
    if (found === undefined) return;
    missing = found;
    await pause(POLL_MS);
  }
  throw new Error(`not ready after ${START_LIMIT_MS / 1000} s: ${missing}`);
}

async function firstMissing(
  es: Endpoint,
  target: ElasticsearchTarget,
  options: StartOptions,
): Promise<string | undefined> {
  try {
    for (const path of probes(options.settings ?? {})) {
      const answer = await call(es, 'GET', path);
      if (answer.status !== 200) return `${path} answers ${answer.status} ${answer.text.slice(0, 300)}`;
    }
    const license = objectAt((await call(es, 'GET', '/_license')).body, 'license');
    if (license['status'] !== 'active' || license['type'] !== target.license) {
      return `the license is ${String(license['status'])} ${String(license['type'])}`;
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function probes(settings: Record<string, string>): string[] {
  if (settings['xpack.security.enabled'] === 'false') return ['/'];
  const keysOff = settings['xpack.security.authc.api_key.enabled'] === 'false';
  return ['/_security/_authenticate', ...(keysOff ? [] : ['/_security/api_key'])];
}
