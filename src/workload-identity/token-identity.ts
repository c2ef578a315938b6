import type { JWTPayload } from 'jose';
import type { WorkloadIssuer } from '../config/workload-issuers.js';
import type { WorkloadIdentity } from './workload-identity.js';
import { unauthenticated } from './refusals.js';
import { parseSpiffeId } from './spiffe-id.js';

const SERVICE_ACCOUNT =
  /^system:serviceaccount:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?):([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/** Who the verified claims of an issuer's token speak of. @throws ServiceError `workload.unauthenticated`. */
export function identityOfClaims(issuer: WorkloadIssuer, claims: JWTPayload): WorkloadIdentity {
  const common = { jwt: { issuer: issuer.issuer, claims }, validUntilMs: (claims.exp ?? 0) * 1000 };
  const subject = claims.sub ?? '';
  switch (issuer.kind) {
    case 'jwt_svid':
      return { source: 'jwt_svid', ...spiffeSubject(subject, issuer.trustDomain), ...common };
    case 'kubernetes':
      return { source: 'kubernetes', ...serviceAccount(subject, claims['kubernetes.io']), ...common };
    case 'jwt':
      if (!SUBJECT.test(subject))
        throw unauthenticated('The subject of the token is not one of visible ASCII characters.');
      return { source: 'jwt', subject: `jwt:${issuer.issuer}#${subject}`, ...common };
  }
}

function spiffeSubject(text: string, trustDomain: string | undefined): Pick<WorkloadIdentity, 'subject' | 'spiffeId'> {
  const spiffeId = parseSpiffeId(text);
  if (spiffeId === undefined) throw unauthenticated('The subject of the token is not a SPIFFE id of a workload.');
  if (spiffeId.trustDomain !== trustDomain)
    throw unauthenticated('The SPIFFE id of the token is not of the trust domain that its issuer speaks for.');
  return { subject: spiffeId.id, spiffeId: spiffeId.id };
}

/** Kubernetes says it twice in a token, in `sub` and in its own claim; both must agree. */
function serviceAccount(subject: string, claim: unknown): Pick<WorkloadIdentity, 'subject' | 'kubernetes'> {
  const [, namespace, name] = SERVICE_ACCOUNT.exec(subject) ?? [];
  if (namespace === undefined || name === undefined)
    throw unauthenticated('The subject of the token is not a service account.');
  const bound = member(claim, 'serviceaccount');
  if (member(claim, 'namespace') !== namespace || member(bound, 'name') !== name)
    throw unauthenticated('The subject and the kubernetes.io claim of the token do not agree.');
  const pod = member(member(claim, 'pod'), 'name');
  return {
    subject: `kubernetes:${namespace}/${name}`,
    kubernetes: { namespace, serviceAccount: name, ...(typeof pod === 'string' && { pod }) },
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
