import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { Secret } from '../redaction/secret.js';
import { ServiceError } from '../errors/service-error.js';

type CredentialScheme = 'basic' | 'bearer' | 'apikey';

/** What a caller sent to prove who it is. Forwarded to Elasticsearch as it came; never stored, never logged. */
export interface CallerCredential {
  scheme: CredentialScheme;
  authorization: Secret;
  /** `ES-Client-Authentication`, the shared secret that goes with some JWTs. */
  clientAuthentication?: Secret;
  /** Keyed digest of the above for caches; useless outside this process. */
  fingerprint: string;
}

/** What a client is told it can authenticate with. No `charset`, so that browsers do not treat every 401 alike. */
export const CHALLENGES = ['Basic realm="Elasticsearch", charset="UTF-8"', 'Bearer realm="Elasticsearch"', 'ApiKey'];

const MAX_CREDENTIAL_LENGTH = 12_288;
/** A key object: Node would turn a buffer into one again on each request, which costs more than the digest. */
const PROCESS_KEY = createSecretKey(randomBytes(32));
const SCHEMES: Record<string, CredentialScheme> = { basic: 'basic', bearer: 'bearer', apikey: 'apikey' };

/**
 * Takes the credential out of a request's raw headers (`[name, value, …]`, as Node gives them, so that a repeated
 * header is seen).
 *
 * @throws ServiceError `auth.missing` (none), `auth.invalid` (scheme or form), `request.invalid` (more than one).
 */
export function readCallerCredential(rawHeaders: readonly string[]): CallerCredential {
  const authorization = theOnly('authorization', rawHeaders);
  if (authorization === undefined || authorization.trim() === '') {
    throw new ServiceError('auth.missing', 'Send an Authorization header: Basic, Bearer or ApiKey.', {
      headers: { 'www-authenticate': CHALLENGES },
    });
  }
  const clientAuthentication = theOnly('es-client-authentication', rawHeaders);
  const scheme = schemeOf(authorization);
  return {
    scheme,
    authorization: new Secret(authorization),
    ...(clientAuthentication !== undefined && { clientAuthentication: new Secret(clientAuthentication) }),
    fingerprint: fingerprintOf(authorization, clientAuthentication),
  };
}

function schemeOf(authorization: string): CredentialScheme {
  const match = /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(authorization);
  const scheme = match?.[1] === undefined ? undefined : SCHEMES[match[1].toLowerCase()];
  if (scheme === undefined || authorization.length > MAX_CREDENTIAL_LENGTH) {
    throw new ServiceError(
      'auth.invalid',
      'The Authorization header must be "Basic <base64>", "Bearer <token>" or "ApiKey <encoded>".',
      {
        headers: { 'www-authenticate': CHALLENGES },
      },
    );
  }
  return scheme;
}

function theOnly(name: string, rawHeaders: readonly string[]): string | undefined {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  if (values.length > 1) {
    throw new ServiceError('request.invalid', `Send ${name} once: with two credentials it is not clear who calls.`, {
      members: { errors: [{ pointer: `header:${name}`, code: 'header.repeated', detail: 'may be given once' }] },
    });
  }
  return values[0];
}

function fingerprintOf(authorization: string, clientAuthentication?: string): string {
  return createHmac('sha256', PROCESS_KEY)
    .update(`${authorization}\n${clientAuthentication ?? ''}`)
    .digest('base64url');
}
