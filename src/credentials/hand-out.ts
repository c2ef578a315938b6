import type { Profile } from '../config/profiles/profile.js';
import type { LiveKey } from './keys/live-key.js';

/** What may stand in a header value: visible ASCII, with blanks inside only. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** The key as it is handed out to a workload. One of the places where a secret leaves this process. */
export function encodedOf({ encoded }: LiveKey): string {
  return encoded.reveal();
}

/**
 * The key in the form that the profile gives it to Envoy in.
 *
 * @returns undefined when it could not stand in a header.
 */
export function headerValueOf(key: LiveKey, { headerValue }: Profile): string | undefined {
  const encoded = encodedOf(key);
  const value = headerValue === 'authorization' ? `ApiKey ${encoded}` : encoded;
  return encoded !== '' && HEADER_VALUE.test(value) ? value : undefined;
}
