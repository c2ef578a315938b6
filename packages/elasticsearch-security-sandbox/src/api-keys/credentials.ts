import { illegalArgument, SandboxError } from '../errors.js';
import type { SandboxNode } from '../node.js';
import { digest, sameDigest } from '../users-and-roles.js';
import { isExpired, type ApiKey } from './api-key.js';

const PADDING = '='.charCodeAt(0);

/** The id and secret an encoded credential holds. */
export interface ApiKeyCredentials {
  readonly id: string;
  readonly secret: string;
}

/** Why a key credential is refused; a key of the wrong type is told to everybody. */
export interface CredentialRefusal {
  readonly reason: string;
  readonly isWrongType: boolean;
}

/** Decodes a credential as Java's strict Base64 decoder does; padding is optional. */
export function decodeCredentials(encoded: string): ApiKeyCredentials {
  const decoded = decodeBase64(encoded).toString('utf8');
  const separator = decoded.indexOf(':');
  if (separator < 1) throw illegalArgument('invalid ApiKey value');
  return { id: decoded.slice(0, separator), secret: decoded.slice(separator + 1) };
}

/** Decodes Base64 and names the first letter that is none. */
export function decodeBase64(encoded: string): Buffer {
  for (const [index, character] of Buffer.from(encoded.replace(/=+$/, ''), 'utf8').entries()) {
    if (character === PADDING) throw illegalArgument(`Input byte array has incorrect ending byte at ${index + 1}`);
    if (!/[A-Za-z0-9+/]/.test(String.fromCharCode(character))) {
      // Java's bytes are signed.
      throw illegalArgument(`Illegal base64 character ${(character > 127 ? character - 256 : character).toString(16)}`);
    }
  }
  const padding = encoded.length - encoded.replace(/=+$/, '').length;
  const rest = (encoded.length - padding) % 4;
  if (rest === 1 && padding === 0) {
    const isAll = encoded.length === 1;
    throw illegalArgument(
      isAll
        ? 'Input byte[] should at least have 2 bytes for base64 bytes'
        : 'Last unit does not have enough valid bits',
    );
  }
  if (padding > 0 && (encoded.length % 4 !== 0 || padding > 2)) {
    throw illegalArgument('Input byte array has wrong 4-byte ending unit');
  }
  return Buffer.from(encoded, 'base64');
}

/**
 * The usable key a credential belongs to, or why there is none. A key of another type is told by its type only to who has
 * its secret.
 */
export function checkCredentials(node: SandboxNode, credentials: ApiKeyCredentials): ApiKey | CredentialRefusal {
  const { id, secret } = credentials;
  const refuse = (reason: string, isWrongType = false): CredentialRefusal => ({ reason, isWrongType });
  const key = node.keys.get(id);
  if (!key) return refuse(`unable to find apikey with id ${id}`);
  const isRight = sameDigest(key.secretDigest, digest(secret));
  if (isRight && key.type !== 'rest') {
    return refuse(`authentication expected API key type of [rest], but API key [${id}] has type [${key.type}]`, true);
  }
  if (key.invalidation !== undefined) return refuse(`api key [${id}] has been invalidated`);
  if (!isRight) return refuse(`invalid credentials for API key [${id}]`);
  if (isExpired(key, node.now())) return refuse('api key is expired');
  return key;
}

/** True for a refusal. */
export function isRefusal(result: ApiKey | CredentialRefusal): result is CredentialRefusal {
  return 'reason' in result;
}

/** Reads the reason out of a failure to decode. */
export function decodingProblem(error: unknown): SandboxError {
  if (error instanceof SandboxError) return error;
  throw error;
}
