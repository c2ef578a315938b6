import { codeOf, KEYS, READER, type Fixture } from './fixture.ts';

export function managedKeysSuite(fixture: () => Fixture): void {
  describe('recognition', () => {
    test('keys as Kibana makes them are known, told apart from user keys, and closed to the user-key routes', async () => {
      const f = fixture();
      const owner = await f.makeUser(f.name('alerting'), ['manage_own_api_key']);
      const granted = await f.grant(owner.username, 'user-password-1', `Alerting: ${f.name('rule')}`);
      const byName = await f.makeDirectly({ name: `Alerting: ${f.name('rule')}` }, owner);
      for (const { id } of [granted, byName]) {
        expect(await f.get(owner, id)).toMatchObject({
          id,
          type: 'managed',
          username: owner.username,
          manager: {
            label: 'Kibana alerting',
            owner: 'Kibana',
            consequence: expect.stringContaining('alerting rules'),
          },
        });
        expect(codeOf(await f.send(owner, 'GET', `/v1/user-keys/${id}`))).toBe('409 key.managed');
        expect(codeOf(await f.send(owner, 'PATCH', `/v1/user-keys/${id}`, { metadata: {} }))).toBe('409 key.managed');
        expect(codeOf(await f.send(owner, 'DELETE', `/v1/user-keys/${id}`))).toBe('409 key.managed');
      }
      const user = await f.makeDirectly({ name: f.name('plain') }, owner);
      expect(codeOf(await f.send(owner, 'GET', `${KEYS}/${user.id}`))).toBe('409 key.wrong-type');
      const { body: list } = await f.send(owner, 'GET', `${KEYS}?manager=Kibana%20alerting`);
      expect(list.items.map(({ id }: { id: string }) => id).sort()).toEqual([granted.id, byName.id].sort());
      const { body: summary } = await f.send(owner, 'GET', `${KEYS}/_summary`);
      expect(summary).toMatchObject({ total: 2, by_type: { user: 1, managed: 2 }, by_status: { active: 2 } });
    });

    test('lists filter by manager, owner, status and expiry', async () => {
      const f = fixture();
      const owner = await f.makeUser(f.name('lister'), ['manage_own_api_key']);
      const a = await f.make(owner, { managed_by: 'fleet', owner: 'team-a', expiration: '10d' });
      const b = await f.make(owner, { managed_by: 'fleet', owner: 'team-b' });
      const c = await f.make(owner, { name: `${f.run}-platform/${f.name()}`, owner: 'team-b' });
      const ids = async (query: string): Promise<string[]> =>
        (await f.send(owner, 'GET', `${KEYS}?${query}`)).body.items.map(({ id }: { id: string }) => id).sort();
      expect(await ids('manager=fleet')).toEqual([a.id, b.id].sort());
      expect(await ids('owner=team-b')).toEqual([b.id, c.id].sort());
      expect(await ids(`manager=${encodeURIComponent(`${f.run} platform`)}`)).toEqual([c.id]);
      expect(await ids(`expires_before=${Date.now() + 11 * 86_400_000}`)).toEqual([a.id]);
      expect(await ids('status=expired')).toEqual([]);
      expect(c.key.manager).toEqual({
        label: `${f.run} platform`,
        owner: 'team-platform',
        consequence: 'The platform stops.',
      });
      expect(a.key.manager).toMatchObject({
        label: 'fleet',
        owner: 'team-a',
        consequence: expect.stringContaining('Writing orders'),
      });
    });
  });

  describe('create', () => {
    test('makes a marked key as the caller, whose secret works', async () => {
      const f = fixture();
      const { manageOwnApiKey: caller } = f.callers;
      const answer = await f.create(caller, {
        role_descriptors: READER,
        metadata: { env: 'prod' },
        formats: ['beats'],
      });
      expect(codeOf(answer)).toBe('201');
      const { key, secret } = answer.body;
      expect(answer.headers.get('location')).toBe(`${KEYS}/${key.id}`);
      expect(key).toMatchObject({
        type: 'managed',
        username: caller.username,
        realm: caller.realm,
        metadata: {
          env: 'prod',
          managed: true,
          managed_by: 'platform',
          owner: 'team-orders',
          purpose: 'Writing orders',
        },
      });
      expect(secret.beats).toBe(`${key.id}:${secret.api_key}`);
      expect(await f.lives(secret.encoded)).toBe(true);
    });

    test.each([
      ['no managed_by', { managed_by: undefined }, '/managed_by'],
      ['a blank owner', { owner: ' ' }, '/owner'],
      ['no purpose', { purpose: undefined }, '/purpose'],
      ['managed in the metadata', { metadata: { managed: false } }, '/metadata/managed'],
      ['the own metadata of the service', { metadata: { latchkey: { replaces: 'x' } } }, '/metadata/latchkey'],
      ['a key of the service without role descriptors', { as: 'service' }, '/role_descriptors'],
      ['a key of the service with all rights', { as: 'service', role_descriptors: {} }, '/role_descriptors'],
      ['a template with role descriptors', { template: 'x', name: 'x', role_descriptors: READER }, '/role_descriptors'],
      ['a template with a name of another', { template: 'x', name: 'y' }, '/name'],
      ['a template as the caller', { template: 'x', name: 'x', as: 'caller' }, '/as'],
      ['an unknown field', { managd: 1 }, '/managd'],
    ])('refuses %s, naming the field', async (_what, body, pointer) => {
      const answer = await fixture().create(fixture().callers.superuser, body);
      expect(codeOf(answer)).toBe('400 request.invalid');
      expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    });

    test('the same Idempotency-Key makes one key', async () => {
      const f = fixture();
      const body = { name: f.name('once') };
      const headers = { 'idempotency-key': `once-${f.run}-0000000001` };
      const first = await f.create(f.callers.manageOwnApiKey, body, headers);
      expect(codeOf(first)).toBe('201');
      const second = await f.create(f.callers.manageOwnApiKey, body, headers);
      expect(codeOf(second)).toBe('409 request.already-done');
      expect(second.body.key_id).toBe(first.body.key.id);
    });
  });

  describe('keys of the service', () => {
    test('a holder of manage_security has one made, which is capped at the rights of the service and updated by it', async () => {
      const f = fixture();
      const made = await f.make(f.callers.manageSecurity, {
        as: 'service',
        role_descriptors: { wide: { cluster: ['all'], indices: [{ names: ['*'], privileges: ['all'] }] } },
      });
      expect(made.key).toMatchObject({ username: f.serviceUsername, type: 'managed' });
      const rights = await f.elasticsearch(
        { authorization: `ApiKey ${made.encoded}` },
        'POST',
        '/_security/user/_has_privileges',
        { cluster: ['manage_security', 'manage_api_key'], index: [{ names: ['other'], privileges: ['read'] }] },
      );
      expect(rights.body).toMatchObject({
        cluster: { manage_security: false, manage_api_key: true },
        index: { other: { read: false } },
      });
      const change = { confirm: made.key.name, reason: 'less is enough', role_descriptors: READER };
      expect(codeOf(await f.send(f.callers.manageApiKey, 'PATCH', `${KEYS}/${made.id}`, change))).toBe(
        '403 privilege.missing',
      );
      const updated = await f.send(f.callers.manageSecurity, 'PATCH', `${KEYS}/${made.id}`, change);
      expect(updated.body).toMatchObject({ updated: true, key: { restricted: true } });
      expect(Object.keys(updated.body.key.role_descriptors)).toEqual(['reader']);
    });

    test('an update cannot give it all rights of the service, not even by who could', async () => {
      const f = fixture();
      const made = await f.make(f.callers.manageSecurity, { as: 'service', role_descriptors: READER });
      const change = { confirm: made.key.name, reason: 'more', role_descriptors: {}, allow_full_privileges: true };
      const answer = await f.send(f.callers.manageSecurity, 'PATCH', `${KEYS}/${made.id}`, change);
      expect([codeOf(answer), answer.body.errors?.[0].pointer]).toEqual(['400 request.invalid', '/role_descriptors']);
      expect(Object.keys((await f.get(f.callers.manageSecurity, made.id)).role_descriptors)).toEqual(['reader']);
    });

    test.each(['manageApiKey', 'manageOwnApiKey'] as const)(
      '%s cannot have one made, whatever rights it asks for',
      async (name) => {
        const f = fixture();
        expect(codeOf(await f.create(f.callers[name], { as: 'service', role_descriptors: { none: {} } }))).toBe(
          '403 privilege.missing',
        );
      },
    );

    test('an API key of a superuser cannot have one made, for it could make no such key itself', async () => {
      const f = fixture();
      const { encoded } = await f.makeDirectly({ name: f.name('parent') });
      expect(
        codeOf(await f.create({ authorization: `ApiKey ${encoded}` }, { as: 'service', role_descriptors: READER })),
      ).toBe('400 caller.is-api-key');
    });

    test('what was allowed a moment ago is asked again: a caller who has lost manage_security is refused at once', async () => {
      const f = fixture();
      const who = await f.makeUser(f.name('losing'), ['manage_security', 'manage_own_api_key']);
      await f.make(who, { as: 'service', role_descriptors: READER });
      await f.makeUser(who.username, ['manage_own_api_key']);
      expect(codeOf(await f.create(who, { as: 'service', role_descriptors: READER }))).toBe('403 privilege.missing');
    });

    test('a template makes its key for the caller it names, with its rights and within its lifetime, and the caller can read, rotate and end it', async () => {
      const f = fixture();
      const { manageOwnApiKey: caller } = f.callers;
      const made = await f.make(caller, { template: f.template, name: `${f.template}/a` });
      expect(made.key).toMatchObject({ username: f.serviceUsername, expires_in_days: 2 });
      expect(Object.keys(made.key.role_descriptors)).toEqual(['reader']);
      expect(await f.lives(made.encoded)).toBe(true);
      expect(codeOf(await f.create(caller, { template: f.template, name: f.template, expiration: '3d' }))).toBe(
        '400 request.invalid',
      );
      expect((await f.get(caller, made.id)).id).toBe(made.id);
      const rotated = await f.send(caller, 'POST', `${KEYS}/${made.id}/rotate`, { grace: '1h', reason: 'weekly' });
      expect(codeOf(rotated)).toBe('201');
      expect(rotated.body).toMatchObject({
        rotation: { way: 'service', state: 'grace' },
        key: { username: f.serviceUsername, name: `${f.template}/a` },
        ceiling: 'same',
      });
      const ended = await f.send(caller, 'POST', `${KEYS}/${made.id}/rotations/${rotated.body.key.id}/finalize`, {
        reason: 'done',
      });
      expect(ended.body).toMatchObject({ state: 'finalized' });
      expect(await f.lives(made.encoded)).toBe(false);
      expect(await f.lives(rotated.body.secret.encoded)).toBe(true);
    });

    test.each([
      ['a caller that it does not name', 'secondManageOwnApiKey'],
      ['a caller with manage_api_key', 'manageApiKey'],
      ['a key of the caller that it names', 'ownApiKey'],
    ] as const)('a template refuses %s', async (_what, name) => {
      const f = fixture();
      expect(codeOf(await f.create(f.callers[name], { template: f.template, name: f.template }))).toBe(
        '403 template.not-allowed',
      );
    });

    test('unknown templates and those of others are refused alike, and their keys are not shown', async () => {
      const f = fixture();
      const { manageOwnApiKey: caller, secondManageOwnApiKey: other } = f.callers;
      const [unknown, foreign] = [
        await f.create(caller, { template: 'nosuch', name: 'nosuch' }),
        await f.create(caller, { template: `${f.run}-other`, name: `${f.run}-other` }),
      ];
      expect([codeOf(unknown), unknown.body.detail]).toEqual([codeOf(foreign), foreign.body.detail]);
      const made = await f.make(caller, { template: f.template, name: f.template });
      expect(codeOf(await f.send(other, 'GET', `${KEYS}/${made.id}`))).toBe('404 key.not-found');
      expect(codeOf(await f.send(other, 'POST', `${KEYS}/${made.id}/rotate`, { grace: '1h', reason: 'mine?' }))).toBe(
        '404 key.not-found',
      );
    });

    test('without an identity of the service only the routes that need it say so', async () => {
      const f = fixture();
      const bare = await f.start({ ELASTICSEARCH_SERVICE_USERNAME: '', ELASTICSEARCH_SERVICE_PASSWORD: '' });
      try {
        const marks = { managed_by: 'p', owner: 'o', purpose: 'x' };
        const service = await f.send(
          f.callers.manageSecurity,
          'POST',
          KEYS,
          { name: f.name(), ...marks, as: 'service', role_descriptors: READER },
          {},
          bare,
        );
        const template = await f.send(
          f.callers.manageOwnApiKey,
          'POST',
          KEYS,
          { name: f.template, ...marks, template: f.template },
          {},
          bare,
        );
        expect([codeOf(service), codeOf(template)]).toEqual([
          '501 service-identity.missing',
          '501 service-identity.missing',
        ]);
        const own = await f.send(f.callers.manageOwnApiKey, 'POST', KEYS, { name: f.name(), ...marks }, {}, bare);
        expect(codeOf(own)).toBe('201');
        const rotated = await f.send(
          f.callers.manageOwnApiKey,
          'POST',
          `${KEYS}/${own.body.key.id}/rotate`,
          { grace: '1h', reason: 'x' },
          {},
          bare,
        );
        expect(codeOf(rotated)).toBe('201');
      } finally {
        await bare.stop();
      }
    });
  });

  describe('update and invalidate', () => {
    test('need the name and a reason, and leave the key as it is without them', async () => {
      const f = fixture();
      const { manageOwnApiKey: caller } = f.callers;
      const made = await f.make(caller);
      const at = `${KEYS}/${made.id}`;
      const wrong = { confirm: `${made.key.name} `, reason: 'x' };
      expect(codeOf(await f.send(caller, 'PATCH', at, { metadata: { a: 1 }, reason: 'x' }))).toBe(
        '400 request.invalid',
      );
      expect(codeOf(await f.send(caller, 'PATCH', at, { metadata: { a: 1 }, confirm: made.key.name }))).toBe(
        '400 request.invalid',
      );
      expect(codeOf(await f.send(caller, 'PATCH', at, { metadata: { a: 1 }, ...wrong }))).toBe(
        '409 key.confirmation-mismatch',
      );
      expect(codeOf(await f.send(caller, 'DELETE', at))).toBe('400 request.invalid');
      expect(codeOf(await f.send(caller, 'DELETE', at, { confirm: made.key.name }))).toBe('400 request.invalid');
      expect(codeOf(await f.send(caller, 'DELETE', at, wrong))).toBe('409 key.confirmation-mismatch');
      expect(await f.get(caller, made.id)).toEqual(made.key);
      const named = new URLSearchParams({ confirm: made.key.name, reason: 'out of use' });
      expect(codeOf(await f.send(caller, 'DELETE', `${at}?${named}`))).toBe('204');
      expect(await f.lives(made.encoded)).toBe(false);
    });

    test('an update keeps the key managed, whatever metadata it gives', async () => {
      const f = fixture();
      const { manageOwnApiKey: caller } = f.callers;
      const made = await f.make(caller, { metadata: { env: 'prod' } });
      const patch = (metadata: object) =>
        f.send(caller, 'PATCH', `${KEYS}/${made.id}`, { metadata, confirm: made.key.name, reason: 'moved' });
      expect((await patch({ env: 'test', owner: 'team-b' })).body.key.metadata).toEqual({
        env: 'test',
        managed: true,
        managed_by: 'platform',
        owner: 'team-b',
        purpose: 'Writing orders',
      });
      expect(codeOf(await patch({ managed: false }))).toBe('400 request.invalid');
      expect((await f.get(caller, made.id)).type).toBe('managed');
    });

    test('others than the owner are told who the owner is', async () => {
      const f = fixture();
      const made = await f.make(f.callers.manageOwnApiKey);
      const answer = await f.send(f.callers.manageApiKey, 'PATCH', `${KEYS}/${made.id}`, {
        metadata: { a: 1 },
        confirm: made.key.name,
        reason: 'x',
      });
      expect(codeOf(answer)).toBe('403 key.not-owner');
      expect(answer.body.owner.username).toBe(f.callers.manageOwnApiKey.username);
    });

    test('a mixed batch gives every id its verdict and changes nothing, unless it may be carried out in part', async () => {
      const f = fixture();
      const { manageApiKey: caller } = f.callers;
      const [a, b] = [await f.make(caller), await f.make(caller)];
      const user = await f.makeDirectly({ name: f.name('plain') }, caller);
      const ids = [a.id, b.id, user.id, 'nosuchkey'];
      const batch = (confirm: object, more = {}) =>
        f.send(caller, 'POST', `${KEYS}/_invalidate`, { ids, confirm, reason: 'cleaning up', ...more });
      const verdicts = (body: { errors: Array<{ id: string; code: string }> }) =>
        Object.fromEntries(body.errors.map(({ id, code }) => [id, code]));
      const held = await batch({ [a.id]: a.key.name, [b.id]: 'wrong' });
      expect(held.body).toMatchObject({ invalidated: [], previously_invalidated: [] });
      expect(verdicts(held.body)).toEqual({
        [a.id]: 'batch.held-back',
        [b.id]: 'key.confirmation-mismatch',
        [user.id]: 'key.wrong-type',
        nosuchkey: 'key.not-found',
      });
      expect(await Promise.all([f.lives(a.encoded), f.lives(b.encoded)])).toEqual([true, true]);
      const part = await batch({ [a.id]: a.key.name }, { allow_partial: true });
      expect(part.body.invalidated).toEqual([a.id]);
      expect(verdicts(part.body)).toEqual({
        [b.id]: 'key.confirmation-mismatch',
        [user.id]: 'key.wrong-type',
        nosuchkey: 'key.not-found',
      });
      expect(await Promise.all([f.lives(a.encoded), f.lives(b.encoded), f.lives(user.encoded)])).toEqual([
        false,
        true,
        true,
      ]);
      const whole = await f.send(caller, 'POST', `${KEYS}/_invalidate`, {
        ids: [a.id, b.id],
        confirm: { [a.id]: a.key.name, [b.id]: b.key.name },
        reason: 'all',
      });
      expect(whole.body).toEqual({ invalidated: [b.id], previously_invalidated: [a.id], errors: [] });
    });

    test("a batch with a key of somebody else's changes nothing for a caller who sees it and may not end it", async () => {
      const f = fixture();
      const seer = await f.makeUser(f.name('seer'), ['read_security', 'manage_own_api_key']);
      const own = await f.make(seer);
      const foreign = await f.make(f.callers.manageOwnApiKey);
      const answer = await f.send(seer, 'POST', `${KEYS}/_invalidate`, {
        ids: [own.id, foreign.id],
        confirm: { [own.id]: own.key.name, [foreign.id]: foreign.key.name },
        reason: 'x',
      });
      expect(answer.body.invalidated).toEqual([]);
      expect(answer.body.errors.map(({ code }: { code: string }) => code).sort()).toEqual([
        'batch.held-back',
        'privilege.missing',
      ]);
      expect(await f.lives(own.encoded)).toBe(true);
    });
  });

  test('reasons are in the audit trail, with who, on which keys and as whom; secrets are not', async () => {
    const f = fixture();
    const events = (): Array<Record<string, unknown>> =>
      f.latchkey.lines
        .filter((line) => line.includes('"stream":"audit"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const made = await f.make(f.callers.manageSecurity, { as: 'service', role_descriptors: READER });
    await f.send(f.callers.manageSecurity, 'DELETE', `${KEYS}/${made.id}`, {
      confirm: made.key.name,
      reason: 'the reason for it',
    });
    expect(events().filter(({ key_ids: ids }) => (ids as string[]).includes(made.id))).toMatchObject([
      {
        event: 'managed-key.created',
        outcome: 'success',
        ran_as: 'service',
        actor: { username: f.callers.manageSecurity.username },
      },
      { event: 'managed-key.invalidated', outcome: 'success', ran_as: 'caller', reason: 'the reason for it' },
    ]);
    expect(f.latchkey.lines.join('')).not.toContain(made.encoded);
  });
}
