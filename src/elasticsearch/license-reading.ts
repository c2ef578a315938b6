import { expectRecord, expectString } from './answer-shape.js';
import type { UpstreamCredential } from './credential.js';
import type { ElasticsearchLicense } from './elasticsearch-types.js';
import type { Upstream } from './upstream.js';

/** `GET /_license`, which needs `monitor`. @throws ServiceError */
export async function readLicense(
  upstream: Upstream,
  credential: UpstreamCredential,
  timeoutMs: number,
): Promise<ElasticsearchLicense> {
  const answer = expectRecord(
    await upstream.call({ endpoint: 'license', method: 'GET', path: '/_license', credential, timeoutMs, retry: true }),
    'license',
  );
  const license = expectRecord(answer['license'], 'license');
  const expiry = license['expiry_date_in_millis'];
  return {
    type: expectString(license, 'type', 'license'),
    status: expectString(license, 'status', 'license'),
    expiryMs: typeof expiry === 'number' ? expiry : null,
  };
}
