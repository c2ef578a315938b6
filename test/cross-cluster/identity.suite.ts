import type { Fixture } from './fixture.ts';
import { expectProblem, KEYS, type Answer } from './latchkey.ts';

/** As a real 9.5.3 was seen to decide for the certificate /O=Org/OU=search/CN=local-b; real-use.spec.ts sees it again. */
export const SIGNER = '/O=Org/OU=search/CN=local-b';
export const SEEN: ReadonlyArray<[pattern: string, matches: boolean]> = [
  ['CN=local-b,OU=search,O=Org', true],
  ['CN=local-.*,OU=search,O=Org', true],
  ['.*local-b.*', true],
  ['.*', true],
  ['local-b', false],
  ['O=Org,OU=search,CN=local-b', false],
  ['cn=local-b,ou=search,o=org', false],
  ['CN=local-b, OU=search, O=Org', false],
  ['', false],
];

export function identitySuite(fixture: () => Fixture): void {
  describe('_match_identity', () => {
    const match = (certificate_identity: unknown, subject: unknown): Promise<Answer> =>
      fixture().latchkey.send(fixture().callers.none, 'POST', `${KEYS}/_match_identity`, {
        certificate_identity,
        subject,
      });

    test.each(SEEN)('%p decides as a real node did: %p', async (pattern, matches) => {
      for (const subject of [
        SIGNER,
        'CN=local-b,OU=search,O=Org',
        'subject=O = Org, OU = search, CN = local-b',
        'O = Org, OU = search, CN = local-b',
        'CN=local-b, OU=search, O=Org',
      ]) {
        const { status, body } = await match(pattern, subject);
        expect({ status, ...body }).toMatchObject({ status: 200, matches, subject: 'CN=local-b,OU=search,O=Org' });
        expect(typeof body.hint).toBe(matches ? 'undefined' : 'string');
      }
    });

    test.each([
      ['local-b', 'a part only'],
      ['O=Org,OU=search,CN=local-b', 'in reverse'],
      ['cn=local-b,ou=search,o=org', 'upper and lower case'],
      ['CN=local-b, OU=search, O=Org', 'blanks'],
      ['', 'locked out'],
      ['CN=other.*', 'does not match'],
    ])('says of %p why it does not match', async (pattern, hint) => {
      expect((await match(pattern, SIGNER)).body.hint).toContain(hint);
    });

    test('says in which order it read the subject', async () => {
      expect((await match('.*', SIGNER)).body.read_as).toBe('openssl');
      expect((await match('.*', 'CN=local-b,OU=search,O=Org')).body.read_as).toBe('rfc2253');
    });

    test('refuses a pattern and a subject that cannot be read, each at its place', async () => {
      expectProblem(await match('(unclosed', SIGNER), 400, 'request.invalid', '/certificate_identity');
      expectProblem(await match('(?=CN)', SIGNER), 400, 'request.invalid', '/certificate_identity');
      expectProblem(await match('.*', 'nobody'), 400, 'request.invalid', '/subject');
      expectProblem(await match(null, SIGNER), 400, 'request.invalid', '/certificate_identity');
      expectProblem(await match('.*', undefined), 400, 'request.invalid', '/subject');
    });

    // That there is an answer is the proof: backtracking would take longer than the universe lasts.
    test('takes time linear in the subject for a pattern that would not end in Java', async () => {
      expect((await match('(a+)+b', `CN=${'a'.repeat(4000)}`)).body.matches).toBe(false);
    });
  });
}
