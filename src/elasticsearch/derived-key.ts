import { createSecretKey, hkdfSync, scrypt, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../redaction/secret.js';

const KEY_BYTES = 32;
/** About 64 MB and a tenth of a second, once a start. */
const SCRYPT = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const SALT = 'latchkey:derived-keys:1';

const scryptAsync = promisify<string, string, number, typeof SCRYPT, Buffer>(scrypt);

/**
 * A key that all holders of the secret come to, and that does not lead back to it. What is signed with it is seen by
 * workloads, and a service's password may be one that people made up: scrypt makes guessing it from a signature as slow
 * as it can be; HKDF then separates the purposes.
 */
export async function deriveKey(secret: Secret, purpose: string): Promise<KeyObject> {
  const stretched = await scryptAsync(secret.reveal(), SALT, KEY_BYTES, SCRYPT);
  return createSecretKey(Buffer.from(hkdfSync('sha256', stretched, '', purpose, KEY_BYTES)));
}
