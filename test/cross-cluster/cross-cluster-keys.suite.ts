import type { Endpoint } from '../support/elasticsearch/index.ts';
import { callersSuite, licenseSuite } from './callers.suite.ts';
import { createSuite } from './create.suite.ts';
import { startFixture, type Fixture } from './fixture.ts';
import { identitySuite } from './identity.suite.ts';
import { expectProblem, KEYS, type Answer } from './latchkey.ts';
import { readSuite } from './read.suite.ts';
import { rotationSuite } from './rotation.suite.ts';
import { updateSuite } from './update.suite.ts';

export interface SuiteOptions {
  /** Whether the node knows certificate identities (9.3 or later). */
  identity: boolean;
  env?: Record<string, string>;
}

/** All that is promised of cross-cluster keys, on a node with a trial license. */
export function crossClusterKeysSuite(es: () => Endpoint, { identity, env }: SuiteOptions): void {
  const fixture = useFixture(es, env);
  createSuite(fixture);
  readSuite(fixture);
  updateSuite(fixture, identity);
  rotationSuite(fixture, identity);
  callersSuite(fixture);
  licenseSuite(fixture, 'trial');
  identitySuite(fixture);
}

/** What is promised on a node with a basic license that never had another. */
export function basicLicenseSuite(es: () => Endpoint, env?: Record<string, string>): void {
  const fixture = useFixture(es, env);
  const UNKNOWN = 'nosuchkeynosuchkey00';
  const send = (who: { authorization: string }, method: string, path: string, body?: unknown): Promise<Answer> =>
    fixture().latchkey.send(who, method, `${KEYS}${path}`, body);
  const writes = (who: { authorization: string }): Promise<Answer[]> =>
    Promise.all([
      send(who, 'POST', '', { name: 'not-licensed', access: { search: [{ names: ['logs-*'] }] } }),
      send(who, 'PATCH', `/${UNKNOWN}`, { metadata: {} }),
      send(who, 'POST', `/${UNKNOWN}/rotate`),
    ]);

  test('create, update and rotate are refused with the license that is needed and the one that is there', async () => {
    for (const answer of await writes(fixture().callers.superuser)) {
      expectProblem(answer, 403, 'license.insufficient');
      expect(answer.body).toMatchObject({
        required_license: ['enterprise', 'trial'],
        present_license: { type: 'basic', status: 'active' },
      });
    }
  });

  test('a caller whose license Latchkey cannot read is refused by Elasticsearch, with the same code', async () => {
    const answer = await fixture().create();
    expectProblem(answer, 403, 'license.insufficient');
    expect(answer.body.required_license).toEqual(['enterprise', 'trial']);
    expect(answer.body).not.toHaveProperty('present_license');
  });

  test('a caller without manage_security is told of the privilege, not of the license', async () => {
    for (const answer of await writes(fixture().callers.manageApiKey)) expectProblem(answer, 403, 'privilege.missing');
  });

  test('reading, invalidating and finalizing are open', async () => {
    const { manageSecurity } = fixture().callers;
    expect((await send(manageSecurity, 'GET', '')).body).toMatchObject({ items: [], total: 0 });
    expect((await send(manageSecurity, 'GET', '/_summary')).body.total).toBe(0);
    expectProblem(await send(manageSecurity, 'GET', `/${UNKNOWN}`), 404, 'key.not-found');
    expectProblem(await send(manageSecurity, 'DELETE', `/${UNKNOWN}`), 404, 'key.not-found');
    expectProblem(await send(manageSecurity, 'POST', `/${UNKNOWN}/finalize`), 404, 'key.not-found');
    expect((await send(manageSecurity, 'POST', '/_invalidate', { ids: [UNKNOWN] })).body.errors).toMatchObject([
      { id: UNKNOWN, code: 'key.not-found' },
    ]);
  });

  test('a body that is not valid is answered as such or by the license, never by a created key', async () => {
    const answer = await send(fixture().callers.superuser, 'POST', '', { name: '', access: {} });
    expect([400, 403]).toContain(answer.status);
  });

  licenseSuite(fixture, 'basic');
}

function useFixture(es: () => Endpoint, env?: Record<string, string>): () => Fixture {
  let fixture: Fixture | undefined;
  beforeAll(async () => {
    fixture = await startFixture(es(), 'cross', env);
  });
  afterAll(() => fixture?.stop());
  return () => {
    if (fixture === undefined) throw new Error('the fixture is there only inside hooks and tests');
    return fixture;
  };
}
