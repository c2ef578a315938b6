import { readFile } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import type { WorkloadIssuer } from '../config/workload-issuers.js';
import { fetchText, UnusableAnswer } from './fetch-text.js';
import { verifierUnavailable } from './refusals.js';

/**
 * The keys of an issuer, from where the configuration says and from nowhere else. Fetched ones are remembered for ten
 * minutes; a key id that is not among them is looked for once more, at most every 30 seconds. A file is read on each
 * use.
 *
 * The result rejects with jose's errors for tokens without a matching key, and with ServiceError
 * `workload.verifier-unavailable` when the keys cannot be had.
 */
export function keysOf({ keys }: WorkloadIssuer): JWTVerifyGetKey {
  const find = 'file' in keys ? keysInFile(keys.file) : keysAt(keys);
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw verifierUnavailable('The key set of the issuer', error);
    }
  };
}

function keysInFile(path: string): JWTVerifyGetKey {
  return async (header, token) =>
    createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet)(header, token);
}

function keysAt({ uri, caFile, tokenFile }: { uri: string; caFile?: string; tokenFile?: string }): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(uri), {
    [customFetch]: async () => {
      const [ca, token] = await Promise.all([readOptional(caFile), readOptional(tokenFile)]);
      const { status, text } = await fetchText({
        url: uri,
        method: 'GET',
        ...(ca !== undefined && { ca }),
        ...(token !== undefined && { headers: { authorization: `Bearer ${token.trim()}` } }),
      });
      if (status !== 200) throw new UnusableAnswer(status);
      return new Response(text);
    },
  });
}

function readOptional(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? Promise.resolve(undefined) : readFile(path, 'utf8');
}

function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
