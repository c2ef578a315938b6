import { ServiceError } from '../errors/service-error.js';
import { expectBoolean, expectRecord } from './answer-shape.js';
import { isRecord } from '../json/json-record.js';
import type { UpstreamCredential } from './credential.js';
import type { Upstream } from './upstream.js';

/** What to ask for, as `_has_privileges` takes it. */
export interface PrivilegeQuestion {
  cluster: readonly string[];
  index: ReadonlyArray<{ names: readonly string[]; privileges: readonly string[]; allow_restricted_indices?: boolean }>;
  application: ReadonlyArray<{ application: string; privileges: readonly string[]; resources: readonly string[] }>;
}

/**
 * Which of these privileges the credential lacks, in words (`cluster monitor`, `index logs-*: read`). Field and
 * document rules are not looked at: Elasticsearch does not compare them.
 *
 * @throws ServiceError `request.invalid` when a privilege does not exist, `privilege.missing` when it may not act as
 * that user (seen through the gateway: `service-identity.insufficient`).
 */
export async function missingPrivileges(
  upstream: Upstream,
  credential: UpstreamCredential,
  question: PrivilegeQuestion,
  timeoutMs: number,
): Promise<string[]> {
  const answer = expectRecord(
    await upstream.call({
      endpoint: 'has_privileges',
      method: 'POST',
      path: '/_security/user/_has_privileges',
      body: question,
      credential,
      timeoutMs,
      retry: true,
    }),
    'has_privileges',
  );
  if (expectBoolean(answer, 'has_all_requested', 'has_privileges')) return [];
  const missing = [
    ...lacking(answer['cluster']).map((name) => `cluster ${name}`),
    ...entries(answer['index']).flatMap(([index, held]) => lacking(held).map((name) => `index ${index}: ${name}`)),
    ...entries(answer['application']).flatMap(([application, resources]) =>
      entries(resources).flatMap(([resource, held]) =>
        lacking(held).map((name) => `application ${application}, ${resource}: ${name}`),
      ),
    ),
  ];
  if (missing.length === 0)
    throw new ServiceError('upstream.invalid', 'Elasticsearch answered in an unexpected shape (has_privileges).');
  return missing;
}

function lacking(held: unknown): string[] {
  return entries(held)
    .filter(([, holds]) => holds !== true)
    .map(([name]) => name);
}

function entries(value: unknown): Array<[string, unknown]> {
  return isRecord(value) ? Object.entries(value) : [];
}
