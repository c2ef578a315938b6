import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { WorkloadIssuer } from '../config/workload-issuers.js';
import type { Secret } from '../redaction/secret.js';
import { ServiceError } from '../errors/service-error.js';
import type { WorkloadIdentity } from './workload-identity.js';
import { keysOf } from './issuer-keys.js';
import { unauthenticated } from './refusals.js';
import { identityOfClaims } from './token-identity.js';
import { requireReviewed } from './token-review.js';

/** Clocks may differ by this much. */
const CLOCK_TOLERANCE_S = 10;
const MAX_LENGTH = 12_288;
const BEARER = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;
/** With these a token says itself how to verify it. */
const FORBIDDEN_HEADERS = ['jwk', 'jku', 'x5u', 'crit', 'b64'] as const;
const CLAIMS = ['iss', 'aud', 'sub', 'exp', 'iat', 'nbf'];
/** Other kinds of JWT (logout tokens, proofs of possession) are signed with the same keys and mean something else. */
const TYPES = ['jwt', 'jose', 'at+jwt'];

interface KnownIssuer {
  issuer: WorkloadIssuer;
  keys: JWTVerifyGetKey;
}

/**
 * Verifies the tokens of the configured issuers. What a token says of itself only picks the issuer to verify it with.
 */
export class TokenVerifier {
  private readonly issuers: ReadonlyMap<string, KnownIssuer>;

  constructor(
    issuers: readonly WorkloadIssuer[],
    /** Called before Kubernetes is asked about a token of this workload; throws when it asks for too much. */
    private readonly beforeReview: (subject: string) => void,
    private readonly now: () => number = Date.now,
  ) {
    this.issuers = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, keys: keysOf(issuer) }]));
  }

  /** @param authorization the whole value of the header. @throws ServiceError `workload.*`. */
  async verify(authorization: Secret): Promise<WorkloadIdentity> {
    if (this.issuers.size === 0)
      throw unauthenticated('No issuer of tokens is configured; use the mesh port with a client certificate.');
    const token = tokenIn(authorization.reveal());
    const { issuer, keys } = this.issuerOf(token);
    const claims = await this.verifiedClaims(token, issuer, keys);
    const identity = identityOfClaims(issuer, claims);
    if (issuer.tokenReview === undefined) return identity;
    this.beforeReview(identity.subject);
    await requireReviewed(issuer.tokenReview, token, issuer.audience, claims.sub ?? '');
    return identity;
  }

  private issuerOf(token: string): KnownIssuer {
    const { header, issuer } = unverified(token);
    if (FORBIDDEN_HEADERS.some((name) => Object.hasOwn(header, name)))
      throw unauthenticated(`The header of the token must not have ${FORBIDDEN_HEADERS.join(', ')}.`);
    const { typ } = header;
    if (typ !== undefined && (typeof typ !== 'string' || !TYPES.includes(typ.toLowerCase())))
      throw unauthenticated('The token is of another type (typ) than JWT.');
    const known = typeof issuer === 'string' ? this.issuers.get(issuer) : undefined;
    if (known === undefined) throw unauthenticated('The issuer of the token is not configured.');
    return known;
  }

  private async verifiedClaims(
    token: string,
    { issuer, audience, algorithms, maxAgeMs }: WorkloadIssuer,
    keys: JWTVerifyGetKey,
  ): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: CLOCK_TOLERANCE_S,
        maxTokenAge: maxAgeMs / 1000,
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: new Date(this.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      throw unauthenticated(reasonOf(error));
    }
  }
}

function tokenIn(authorization: string): string {
  const token = authorization.length > MAX_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
  if (token === undefined)
    throw unauthenticated(
      'The Authorization header must be "Bearer <JWT>"; credentials of Elasticsearch are not for workloads.',
    );
  return token;
}

function unverified(token: string): { header: Record<string, unknown>; issuer: unknown } {
  try {
    return { header: decodeProtectedHeader(token), issuer: decodeJwt(token).iss };
  } catch {
    throw unauthenticated('The token is not a JWT.');
  }
}

/**
 * In words of our own: jose's may quote the token. What is no error of jose is a key that does not fit the algorithm.
 */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired, or is older than its issuer may have it here.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    const claim = CLAIMS.find((known) => known === error.claim) ?? 'set';
    return `The claim ${claim} of the token is missing or not acceptable.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The algorithm of the token is not allowed for its issuer.';
  return 'No key of the issuer verifies the token.';
}
