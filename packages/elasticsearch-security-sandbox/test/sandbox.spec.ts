import { startSandbox, type Sandbox, type SandboxOptions } from '../src/index.js';

const DAY = 24 * 60 * 60 * 1000;

interface Created {
  readonly id: string;
  readonly encoded: string;
}

describe('the sandbox', () => {
  const running: Sandbox[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
  });

  async function start(options?: SandboxOptions): Promise<Sandbox> {
    const sandbox = await startSandbox(options);
    running.push(sandbox);
    return sandbox;
  }

  it('starts on a free port, answers, and is gone once closed', async () => {
    const sandbox = await startSandbox();
    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await call(sandbox, 'GET', '/')).toMatchObject({ status: 200, body: { version: { number: '9.5.3' } } });
    await sandbox.close();
    await expect(call(sandbox, 'GET', '/')).rejects.toThrow();
  });

  it('refuses a port that is taken', async () => {
    const { port } = new URL((await start()).url);
    await expect(startSandbox({ port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('keeps two sandboxes apart', async () => {
    const [one, other] = [await start(), await start({ version: '8.19.21' })];
    await call(one, 'POST', '/_security/api_key', { name: 'only here' });
    expect((await call(one, 'GET', '/_security/api_key')).body['api_keys']).toHaveLength(1);
    expect((await call(other, 'GET', '/_security/api_key')).body['api_keys']).toHaveLength(0);
  });

  it('takes the password it was given', async () => {
    const sandbox = await start({ password: 'another' });
    expect((await call(sandbox, 'GET', '/_security/_authenticate')).status).toBe(200);
    expect((await call({ ...sandbox, password: 'changeme' }, 'GET', '/_security/_authenticate')).status).toBe(401);
  });

  it('lets keys expire by its clock and forgets them a week later', async () => {
    let now = Date.UTC(2026, 0, 1);
    const sandbox = await start({ now: () => now });
    const created = (await call(sandbox, 'POST', '/_security/api_key', { name: 'short', expiration: '1h' }))
      .body as unknown as Created;
    const authorization = `ApiKey ${created.encoded}`;
    expect((await call(sandbox, 'GET', '/_security/_authenticate', undefined, authorization)).status).toBe(200);

    now += DAY / 24;
    const refused = await call(sandbox, 'GET', '/_security/_authenticate', undefined, authorization);
    expect(refused).toMatchObject({
      status: 401,
      body: { error: { additional_unsuccessful_credentials: 'API key: api key is expired' } },
    });
    expect((await call(sandbox, 'GET', `/_security/api_key?id=${created.id}`)).status).toBe(200);

    now += 7 * DAY + 1;
    expect((await call(sandbox, 'GET', `/_security/api_key?id=${created.id}`)).status).toBe(404);
  });

  it('forgets invalidated keys a week later', async () => {
    let now = Date.UTC(2026, 0, 1);
    const sandbox = await start({ now: () => now });
    const { id } = (await call(sandbox, 'POST', '/_security/api_key', { name: 'gone' })).body as unknown as Created;
    await call(sandbox, 'DELETE', '/_security/api_key', { ids: [id] });
    now += 6 * DAY;
    expect((await call(sandbox, 'GET', `/_security/api_key?id=${id}`)).status).toBe(200);
    now += 2 * DAY;
    expect((await call(sandbox, 'GET', `/_security/api_key?id=${id}`)).status).toBe(404);
  });

  it('switches the license while it runs', async () => {
    const sandbox = await start({ license: 'basic' });
    const create = () =>
      call(sandbox, 'POST', '/_security/cross_cluster/api_key', { name: 'c', access: { search: [{ names: ['a'] }] } });
    expect((await create()).status).toBe(403);
    sandbox.setLicense('enterprise');
    expect((await create()).status).toBe(200);
    expect((await call(sandbox, 'GET', '/_license')).body).toMatchObject({
      license: { type: 'enterprise', status: 'active' },
    });
    sandbox.setLicense('enterprise', 'expired');
    expect((await create()).status).toBe(403);
  });

  it('keeps the digits of large numbers in metadata', async () => {
    const sandbox = await start();
    const answer = await fetch(`${sandbox.url}/_security/api_key`, {
      method: 'POST',
      headers: { authorization: basic(sandbox), 'content-type': 'application/json' },
      body: '{"name":"n","metadata":{"big":12345678901234567890,"half":1.50}}',
    });
    const { id } = (await answer.json()) as Created;
    const read = await fetch(`${sandbox.url}/_security/api_key?id=${id}`, {
      headers: { authorization: basic(sandbox) },
    });
    expect(await read.text()).toContain('"metadata":{"big":12345678901234567890,"half":1.5}');
  });

  it('proves a key in use by what it may search', async () => {
    const sandbox = await start();
    const role_descriptors = { r: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } };
    const { encoded } = (await call(sandbox, 'POST', '/_security/api_key', { name: 'reader', role_descriptors }))
      .body as unknown as Created;
    const search = (index: string) => call(sandbox, 'GET', `/${index}/_search`, undefined, `ApiKey ${encoded}`);
    expect(await search('logs-app')).toMatchObject({ status: 200, body: { hits: { hits: [] } } });
    expect(await search('secrets')).toMatchObject({
      status: 403,
      body: {
        error: {
          reason: expect.stringMatching(
            /^action \[indices:data\/read\/search\] is unauthorized for API key id .* on indices \[secrets\]/,
          ),
        },
      },
    });
  });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function basic({ username, password }: Sandbox): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function call(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
  authorization = basic(sandbox),
): Promise<Answer> {
  const answer = await fetch(sandbox.url + path, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
