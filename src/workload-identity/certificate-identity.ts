import type { PeerCertificate } from './workload-evidence.js';
import type { WorkloadIdentity } from './workload-identity.js';
import { unauthenticated } from './refusals.js';
import { parseSpiffeId } from './spiffe-id.js';

const URI = 'URI:';

/**
 * Who a verified client certificate belongs to. Called on every request, because a connection outlives the certificate
 * it was opened with.
 *
 * @throws ServiceError `workload.unauthenticated` unless the certificate is valid now, is no authority, and has exactly
 * one URI among its alternative names, a SPIFFE id of a trust domain that is ours (X509-SVID, section 2).
 */
export function identityOfCertificate(
  certificate: PeerCertificate,
  trustDomains: readonly string[],
  nowMs: number,
): WorkloadIdentity {
  const { validFromMs, validToMs, ca } = certificate;
  // Written so that a date that cannot be read (NaN) refuses.
  if (!(validFromMs <= nowMs && nowMs < validToMs))
    throw unauthenticated('The client certificate is not valid now; connect with a present one.');
  if (ca) throw unauthenticated('The client certificate is that of an authority.');
  const spiffeId = parseSpiffeId(onlyUri(certificate.subjectAltName));
  if (spiffeId === undefined)
    throw unauthenticated('The URI of the client certificate is not a SPIFFE id of a workload.');
  if (!trustDomains.includes(spiffeId.trustDomain))
    throw unauthenticated('The SPIFFE id of the client certificate is of another trust domain.');
  return { source: 'mtls', subject: spiffeId.id, spiffeId: spiffeId.id, validUntilMs: validToMs };
}

/**
 * Node prints the names in one line and quotes each that holds a comma, a quote or anything unprintable. No name of a
 * workload needs that, so one quote refuses the certificate and what is left can be split safely.
 */
function onlyUri(subjectAltName = ''): string {
  if (subjectAltName.includes('"'))
    throw unauthenticated('The client certificate has alternative names with unusual characters.');
  const uris = subjectAltName.split(', ').filter((entry) => entry.startsWith(URI));
  const [uri] = uris;
  if (uri === undefined || uris.length > 1)
    throw unauthenticated(
      `The client certificate must have exactly one URI among its alternative names, and has ${uris.length}.`,
    );
  return uri.slice(URI.length);
}
