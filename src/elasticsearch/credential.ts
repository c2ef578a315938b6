import { Secret } from '../redaction/secret.js';
import type { CallerCredential } from '../identity/caller-credential.js';

/** What is sent with a call: a caller's credential, or the service's own. */
export interface UpstreamCredential extends Pick<CallerCredential, 'authorization' | 'clientAuthentication'> {
  /** User to act as (`es-security-runas-user`); only ever from configuration, with the service's own credential. */
  runAs?: string;
}

export interface ServiceIdentity {
  username?: string;
  password?: string;
  token?: string;
}

/** The service's own credential, undefined when none is configured. */
export function serviceCredential({ username, password, token }: ServiceIdentity): UpstreamCredential | undefined {
  if (token !== undefined) return { authorization: new Secret(`Bearer ${token}`) };
  if (username === undefined || password === undefined) return undefined;
  return { authorization: new Secret(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`) };
}
