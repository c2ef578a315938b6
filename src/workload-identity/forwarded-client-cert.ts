import { unauthenticated } from './refusals.js';
import { parseSpiffeId, type SpiffeId } from './spiffe-id.js';

const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';

/**
 * The one form that is believed: what a proxy that replaces the header (`SANITIZE_SET`) writes for `uri`, `subject`,
 * `cert` and `chain`. Envoy copies the URI as it stands in the certificate, so a crafted one could go on with further
 * pairs or a further element. Hence nothing may follow the URI, and no pair may stand before it whose value the owner
 * of the certificate chooses freely: `DNS` is refused, `Subject` is escaped by Envoy, the others are hex or
 * URL-encoded.
 */
const ELEMENT = new RegExp(
  `^(?:By=(?<by>[^",;=\\s]+);)?(?:Hash=[0-9a-f]{64};)?(?:Cert=${QUOTED};)?(?:Chain=${QUOTED};)?(?:Subject=${QUOTED};)?URI=(?<uri>[^",;=\\s]+)$`,
);

/**
 * Whom a trusted proxy names as its client.
 *
 * @param headers each header of that name as it came.
 * @param proxyId SPIFFE id of the proxy, which must stand in `By` when that is given.
 * @throws ServiceError `workload.unauthenticated` for anything but one header with one element of the one form.
 */
export function parseForwardedClientCert(headers: readonly string[], proxyId: string): SpiffeId {
  const [header] = headers;
  if (header === undefined || headers.length > 1) throw unauthenticated('X-Forwarded-Client-Cert must be sent once.');
  const { by, uri } = ELEMENT.exec(header)?.groups ?? {};
  if (uri === undefined) {
    throw unauthenticated(
      'X-Forwarded-Client-Cert must hold one element that ends with one unquoted URI, as Envoy writes it with ' +
        'SANITIZE_SET and without DNS names.',
    );
  }
  if (by !== undefined && by !== proxyId)
    throw unauthenticated('X-Forwarded-Client-Cert was made by another proxy than the one that sends it.');
  const id = parseSpiffeId(uri);
  if (id === undefined) throw unauthenticated('The URI in X-Forwarded-Client-Cert is not a SPIFFE id of a workload.');
  return id;
}
