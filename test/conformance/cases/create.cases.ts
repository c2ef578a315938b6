import { expectProblem, expectRefusedAt, KEYS, type World } from '../world.js';

const READ_LOGS = { reader: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } };

export function createCases(w: World): void {
  describe('create', () => {
    test('answers 201 with the key, its address and its entity tag, and nothing may keep the answer', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const name = w.name('answer');
      const before = Date.now();
      const answer = await w.send(own, 'POST', KEYS, { name });
      expect(answer.status).toBe(201);
      const { key, secret } = answer.body;
      expect(key).toEqual({
        id: expect.stringMatching(/^[A-Za-z0-9_-]{20}$/),
        name,
        type: 'user',
        status: 'active',
        creation: expect.any(Number),
        expiration: null,
        invalidation: null,
        created_at: new Date(key.creation).toISOString(),
        expires_at: null,
        invalidated_at: null,
        expires_in_days: null,
        username: own.username,
        realm: own.realm,
        realm_type: 'native',
        metadata: {},
        role_descriptors: {},
        restricted: false,
      });
      expect(key.creation).toBeGreaterThanOrEqual(before);
      expect(key.creation).toBeLessThanOrEqual(Date.now());
      expect(Object.keys(secret).sort()).toEqual(['api_key', 'encoded']);
      expect(answer.headers.get('location')).toBe(`${KEYS}/${key.id}`);
      expect(answer.headers.get('etag')).toMatch(/^"[^"]+"$/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const read = await w.ok(own, 'GET', `${KEYS}/${key.id}`);
      expect(read.body).toEqual(key);
      expect(read.headers.get('etag')).toBe(answer.headers.get('etag'));
    });

    test('every form of the secret is the same secret, and authenticates at Elasticsearch itself', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const name = w.name('forms');
      const { body } = await w.ok(own, 'POST', KEYS, {
        name,
        expiration: '1d',
        formats: ['encoded', 'json', 'beats', 'logstash'],
      });
      const { key, secret } = body;
      const pair = `${key.id}:${secret.api_key}`;
      expect(secret).toEqual({
        api_key: secret.api_key,
        encoded: Buffer.from(pair).toString('base64'),
        json: { id: key.id, name, expiration: key.expiration, api_key: secret.api_key, encoded: secret.encoded },
        beats: pair,
        logstash: pair,
      });
      const { status, body: self } = await w.authenticate(secret.encoded);
      expect(status).toBe(200);
      expect(self).toMatchObject({
        username: own.username,
        authentication_type: 'api_key',
        api_key: { id: key.id, name },
      });
    });

    test('forms that nobody asked for are not answered; unknown and repeated ones are refused', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { body } = await w.ok(own, 'POST', KEYS, { name: w.name('one-form'), formats: ['beats'] });
      expect(Object.keys(body.secret).sort()).toEqual(['api_key', 'beats', 'encoded']);
      for (const formats of [['pem'], ['json', 'json'], 'json', null]) {
        expectRefusedAt(await w.send(own, 'POST', KEYS, { name: w.name('bad-form'), formats }), '/formats');
      }
    });

    test('the secret is in the answer to the create and nowhere else: not in later answers, not in the log', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key, encoded, apiKey } = await w.create(own);
      const later = await Promise.all([
        w.ok(own, 'GET', `${KEYS}/${id}?with_limited_by=true`),
        w.ok(own, 'GET', `${KEYS}?name=${key.name}`),
        w.ok(own, 'PATCH', `${KEYS}/${id}`, { metadata: { later: true } }),
        w.ok({ authorization: `ApiKey ${encoded}` }, 'GET', '/v1/session'),
      ]);
      const everything = [...later.map(({ text }) => text), ...w.latchkey.lines].join('\n');
      expect(everything).toContain(id);
      expect(everything.includes(apiKey)).toBe(false);
      expect(everything.includes(encoded)).toBe(false);
    });

    test('a key with role descriptors searches what they allow and is refused elsewhere', async () => {
      const { superuser } = w.callers;
      const { key, encoded } = await w.create(superuser, { role_descriptors: READ_LOGS });
      const bearer = { authorization: `ApiKey ${encoded}` };
      expect(key.restricted).toBe(true);
      expect(key.role_descriptors.reader.indices).toEqual([
        { names: ['logs-*'], privileges: ['read'], allow_restricted_indices: false },
      ]);
      expect((await w.elasticsearch(bearer, 'GET', '/logs-*/_search')).status).toBe(200);
      expect((await w.elasticsearch(bearer, 'GET', '/orders-1/_search')).status).toBe(403);
      expect((await w.elasticsearch(bearer, 'GET', '/_security/api_key')).status).toBe(403);
    });

    test('a key never gets more than its owner has, whatever its role descriptors say', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const everything = { all: { cluster: ['all'], indices: [{ names: ['*'], privileges: ['all'] }] } };
      const { encoded } = await w.create(own, { role_descriptors: everything });
      const bearer = { authorization: `ApiKey ${encoded}` };
      expect((await w.elasticsearch(bearer, 'GET', '/logs-*/_search')).status).toBe(200);
      expect((await w.elasticsearch(bearer, 'GET', '/orders-1/_search')).status).toBe(403);
      expect((await w.ok(bearer, 'GET', '/v1/session')).body.privileges).toEqual({
        manage_security: false,
        read_security: false,
        manage_api_key: false,
        manage_own_api_key: true,
        monitor: false,
      });
    });

    test('without role descriptors, or with {}, a key has all rights of its owner (restricted: false)', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const keys = await Promise.all([w.create(own), w.create(own, { role_descriptors: {} })]);
      for (const { key, encoded } of keys) {
        expect(key).toMatchObject({ restricted: false, role_descriptors: {} });
        expect((await w.elasticsearch({ authorization: `ApiKey ${encoded}` }, 'GET', '/logs-*/_search')).status).toBe(
          200,
        );
      }
    });

    test('metadata comes back as it was sent, integers beyond 2^53 included', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const metadata = {
        team: 'ördérs ☂',
        tags: ['a', 'b'],
        nested: { 'with/slash': { deep: [1, 2.5, true, null] } },
        empty: {},
        constructor: 'x',
        '': 'blank',
      };
      const { id, key } = await w.create(own, { metadata });
      expect(key.metadata).toEqual(metadata);
      expect((await w.get(own, id)).metadata).toEqual(metadata);

      const digits = ['9007199254740993', '9223372036854775807', '-9007199254740993', '123456789012345678901234567890'];
      const name = w.name('digits');
      const made = await w.ok(own, 'POST', KEYS, `{"name":"${name}","metadata":{"n":[${digits.join(',')}]}}`);
      const [read, listed] = await Promise.all([
        w.ok(own, 'GET', `${KEYS}/${made.body.key.id}`),
        w.ok(own, 'GET', `${KEYS}?name=${name}`),
      ]);
      for (const { text } of [made, read, listed]) expect(text).toContain(`"n":[${digits.join(',')}]`);
    });

    test.each([
      ['reserved names', { _secret: 1 }, '/metadata/_secret'],
      ['a NUL character', { a: { b: 'x\u0000' } }, '/metadata/a/b'],
      ['more than 20 levels', nested(21), `/metadata${'/a'.repeat(20)}`],
      ['a text too long to be stored', { a: 'x'.repeat(8193) }, '/metadata/a'],
      ['a mark that software manages the key', { managed: true }, '/metadata/managed'],
      ['the same mark as a text', { managed: 'true' }, '/metadata/managed'],
      ['no object', ['a'], '/metadata'],
      ['null', null, '/metadata'],
    ])('metadata with %s is refused and no key is made', async (_what, metadata, pointer) => {
      const { manageOwnApiKey: own } = w.callers;
      const name = w.name('bad-metadata');
      expectRefusedAt(await w.send(own, 'POST', KEYS, { name, metadata }), pointer);
      expect((await w.list(own, { name })).total).toBe(0);
    });

    test('every name that Elasticsearch would refuse, and any with control characters, is refused at /name', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const names = [
        '',
        ' ',
        ' a',
        'a ',
        '_a',
        'x'.repeat(257),
        'x'.repeat(10_000),
        'a\u0000b',
        'a\nb',
        'a\u001bb',
        'a\u202eb',
        5,
        null,
        ['a'],
        {},
      ];
      for (const name of names) expectRefusedAt(await w.send(own, 'POST', KEYS, { name }), '/name');
      expectRefusedAt(await w.send(own, 'POST', KEYS, {}), '/name');
      expectRefusedAt(await w.send(own, 'POST', KEYS, { name: 'Alerting: by hand' }), '/name');
    });

    test('names may be 256 characters long, of any language, and need not be unique', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const tail = w.name('');
      const names = [`${'x'.repeat(256 - tail.length)}${tail}`, `Schlüssel für 日本 / "quotes" \\ %2F * ? ${tail}`];
      for (const name of names) {
        const [first, second] = await Promise.all([w.create(own, { name }), w.create(own, { name })]);
        expect(first.id).not.toBe(second.id);
        expect(first.key.name).toBe(name);
        expect((await w.list(own, { name })).total).toBe(2);
      }
    });

    test('role descriptors that Elasticsearch does not know are refused at /role_descriptors with its reason', async () => {
      const { superuser } = w.callers;
      const bad = [
        { a: { cluster: ['no_such_privilege'] } },
        { a: { cluster: 'monitor' } },
        { a: { indices: [{ names: ['logs-*'], privileges: [] }] } },
        { a: { indices: [{ names: ['logs-*'], privileges: ['no_such_privilege'] }] } },
        { a: { unknown_field: true } },
        { a: { restriction: { workflows: ['no_such_workflow'] } } },
      ];
      const name = w.name('bad-roles');
      for (const role_descriptors of bad)
        expectRefusedAt(await w.send(superuser, 'POST', KEYS, { name, role_descriptors }), '/role_descriptors');
      const unknown = await w.send(superuser, 'POST', KEYS, { name, role_descriptors: bad[0] });
      expect(unknown.body.errors[0].detail).toContain('no_such_privilege');
      expectRefusedAt(
        await w.send(superuser, 'POST', KEYS, { name, role_descriptors: { a: 'all' } }),
        '/role_descriptors/a',
      );
      expectRefusedAt(
        await w.send(superuser, 'POST', KEYS, { name, role_descriptors: { 'a/é': {} } }),
        '/role_descriptors/a~1é',
      );
      expectRefusedAt(await w.send(superuser, 'POST', KEYS, { name, role_descriptors: null }), '/role_descriptors');
      expect((await w.list(superuser, { name })).total).toBe(0);
    });

    test('unknown fields are refused, never dropped', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const name = w.name('unknown-field');
      expectRefusedAt(await w.send(own, 'POST', KEYS, { name, nme: 'x' }), '/nme');
      expectRefusedAt(await w.send(own, 'POST', KEYS, { name, type: 'user' }), '/type');
      expectProblem(
        await w.send(own, 'POST', KEYS, `{"name":"${name}","__proto__":{"formats":["json"]}}`),
        400,
        'request.invalid',
      );
      expectRefusedAt(await w.send(own, 'POST', `${KEYS}?refesh=true`, { name }), 'query:refesh');
      expect((await w.list(own, { name })).total).toBe(0);
    });

    test.each(['true', 'wait_for', 'false'])('with refresh=%s the key authenticates at once', async (refresh) => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key, encoded } = await w.create(own, { expiration: '1h', metadata: { a: 1 } }, `?refresh=${refresh}`);
      expect(await w.authenticates(encoded)).toBe(true);
      expect(key).toMatchObject({ id, status: 'active', username: own.username, realm: own.realm, metadata: { a: 1 } });
      expect(key.expiration - key.creation).toBeGreaterThan(3_590_000);
      if (refresh !== 'false') expect((await w.list(own, { name: key.name })).total).toBe(1);
    });

    test.each(['TRUE', '', 'yes', 'wait'])('refresh=%p is refused', async (refresh) => {
      expectRefusedAt(
        await w.send(w.callers.manageOwnApiKey, 'POST', `${KEYS}?refresh=${refresh}`, { name: w.name('refresh') }),
        'query:refresh',
      );
    });
  });

  idempotencyCases(w);
}

function idempotencyCases(w: World): void {
  describe('create with an Idempotency-Key', () => {
    test('a repeat is 409 with the id of the key, and there is exactly one key', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const body = { name: w.name('once') };
      const headers = { 'idempotency-key': w.name('idempotency-key') };
      const first = await w.ok(own, 'POST', KEYS, body, headers);
      const problem = expectProblem(await w.send(own, 'POST', KEYS, body, headers), 409, 'request.already-done');
      expect(problem.key_id).toBe(first.body.key.id);
      expect((await w.list(own, { name: body.name })).total).toBe(1);
    });

    test('of five at the same moment one makes a key', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const body = { name: w.name('once-of-five') };
      const headers = { 'idempotency-key': w.name('idempotency-key') };
      const answers = await Promise.all(Array.from({ length: 5 }, () => w.send(own, 'POST', KEYS, body, headers)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
      expect((await w.list(own, { name: body.name })).total).toBe(1);
    });

    test('with another body it is 422; of another caller it is another key', async () => {
      const { manageOwnApiKey: own, secondManageOwnApiKey: other } = w.callers;
      const body = { name: w.name('mismatch') };
      const headers = { 'idempotency-key': w.name('idempotency-key') };
      await w.ok(own, 'POST', KEYS, body, headers);
      expectProblem(
        await w.send(own, 'POST', KEYS, { ...body, expiration: '1d' }, headers),
        422,
        'request.idempotency-mismatch',
      );
      expect((await w.send(other, 'POST', KEYS, body, headers)).status).toBe(201);
    });

    test('after a refusal the same Idempotency-Key may be used', async () => {
      const { superuser } = w.callers;
      const headers = { 'idempotency-key': w.name('idempotency-key') };
      const name = w.name('refused-first');
      expectProblem(
        await w.send(superuser, 'POST', KEYS, { name, role_descriptors: { a: { cluster: ['nope'] } } }, headers),
        400,
        'request.invalid',
      );
      expect((await w.send(superuser, 'POST', KEYS, { name }, headers)).status).toBe(201);
    });

    test('one of a bad form is refused', async () => {
      const { manageOwnApiKey: own } = w.callers;
      for (const bad of ['short', 'x'.repeat(65), 'has a blank in it']) {
        expectRefusedAt(
          await w.send(own, 'POST', KEYS, { name: w.name('form') }, { 'idempotency-key': bad }),
          'header:idempotency-key',
        );
      }
    });
  });
}

/** An object of `levels` levels. */
function nested(levels: number): object {
  return levels === 1 ? { a: 1 } : { a: nested(levels - 1) };
}
