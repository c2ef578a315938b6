import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { describeWhere } from '../support/describe-where.js';
import { startLatchkey, type Latchkey } from '../support/service.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
/** Folder for screenshots; `docs/images` when those of the documentation are to be made anew. */
const SCREENSHOTS = process.env['LATCHKEY_TEST_SCREENSHOTS'];
/** Only ends a hang. */
const STEP_MS = 240_000;

describeWhere(
  CHROMIUM === undefined ? 'Chromium is not installed' : undefined,
  'Swagger UI in a real browser',
  () => {
    let sandbox: Sandbox;
    let latchkey: Latchkey;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];
    const elsewhere: string[] = [];

    beforeAll(async () => {
      sandbox = await startSandbox();
      latchkey = await startLatchkey(sandbox.url, { LATCHKEY_INVALIDATION_SETTLE_MS: '0' });
      browser = await chromium.launch({
        ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
        ],
      });
    });
    afterAll(async () => {
      await browser?.close();
      await latchkey?.stop();
      await sandbox?.close();
    });

    async function open(path = '/docs', colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
      complaints.splice(0);
      elsewhere.splice(0);
      page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme });
      page.setDefaultTimeout(STEP_MS);
      page.on(
        'console',
        (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())),
      );
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on(
        'request',
        (request) =>
          void (
            request.url().startsWith(latchkey.url) ||
            request.url().startsWith('data:') ||
            elsewhere.push(request.url())
          ),
      );
      await page.goto(`${latchkey.url}${path}`);
      await page.locator('.opblock').first().waitFor();
    }
    afterEach(() => page?.close());

    const operation = (id: string): Locator =>
      page.locator('.opblock', {
        has: page.locator('.opblock-summary-operation-id', { hasText: new RegExp(`^${id.replace('.', '\\.')}$`) }),
      });

    async function screenshot(name: string, of?: Locator): Promise<void> {
      if (SCREENSHOTS === undefined) return;
      await of?.scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    }

    async function authorize(): Promise<void> {
      await page.locator('.btn.authorize').first().click();
      await page.locator('#auth-basic-username').fill(sandbox.username);
      await page.locator('#auth-basic-password').fill(sandbox.password);
      await screenshot('swagger-authorize');
      await page
        .locator('.auth-container', { has: page.locator('#auth-basic-password') })
        .locator('button.authorize')
        .click();
      await page.locator('.close-modal').click();
    }

    /** Opens an operation, fills what is given, sends it, and reads the status and body of the answer. */
    async function send(
      id: string,
      { path, body }: { path?: Record<string, string>; body?: string } = {},
    ): Promise<{ status: string; body: string }> {
      const block = operation(id);
      await block.locator('.opblock-summary-control').click();
      for (const [name, value] of Object.entries(path ?? {}))
        await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
      if (body !== undefined) await block.locator('textarea.body-param__text').fill(body);
      await block.locator('.execute').click();
      const answer = block.locator('.live-responses-table tr.response');
      await answer.waitFor();
      const text = await answer
        .locator('.highlight-code code, .microlight')
        .first()
        .textContent()
        .catch(() => '');
      return {
        status: ((await answer.locator('.response-col_status').textContent()) ?? '').trim().slice(0, 3),
        body: text ?? '',
      };
    }

    test('an operator signs in, creates a key with the example as it stands, lists it and invalidates it', async () => {
      await open();
      await screenshot('swagger-overview');
      await authorize();
      const created = await send('user-keys.create');
      expect(created.status).toBe('201');
      await screenshot('swagger-create', operation('user-keys.create').locator('.live-responses-table'));
      const id = /"id": "([^"]+)"/.exec(created.body)?.[1] ?? '';
      const listed = await send('user-keys.list');
      expect([listed.status, listed.body.includes(id)]).toEqual(['200', true]);
      await screenshot('swagger-list', operation('user-keys.list').locator('.live-responses-table'));
      const { status } = await send('user-keys.invalidate', { path: { id } });
      expect(status).toBe('204');
      await screenshot('swagger-invalidate', operation('user-keys.invalidate').locator('.live-responses-table'));
      const { body } = await latchkey.call('GET', `/v1/user-keys/${id}`, {
        authorization: `Basic ${Buffer.from(`${sandbox.username}:${sandbox.password}`).toString('base64')}`,
      });
      expect(body.status).toBe('invalidated');
      expect({ complaints, elsewhere }).toEqual({ complaints: [], elsewhere: [] });
    });

    test.each(['managed-keys.create', 'cross-cluster-keys.create', 'cross-cluster-keys.match-identity'])(
      'the example of %s works as it stands',
      async (id) => {
        await open();
        await authorize();
        expect((await send(id)).status).toMatch(/^20[01]$/);
      },
    );

    test('each operation says which privileges it needs, and is reached by a link of its own', async () => {
      await open('/docs#/Managed%20keys/managed-keys.rotate');
      const block = operation('managed-keys.rotate');
      await block.locator('.opblock-description').waitFor();
      expect(await block.locator('.opblock-description').textContent()).toContain(
        'Needs one of the cluster privileges manage_own_api_key, manage_api_key, manage_security',
      );
      const tags = await page
        .locator('.opblock-tag')
        .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-tag')));
      expect(tags).toEqual(['User keys', 'Cross-cluster keys', 'Managed keys', 'Sidecars', 'Session']);
    });

    test('a reload forgets the credential', async () => {
      await open();
      await authorize();
      await page.reload();
      await page.locator('.opblock').first().waitFor();
      expect((await send('session.get')).status).toBe('401');
      expect(await page.evaluate<unknown>('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([
        0,
        0,
        '',
      ]);
    });

    test('text can be read in dark and in light', async () => {
      for (const scheme of ['dark', 'light'] as const) {
        await open('/docs', scheme);
        const [text, behind] = (
          await page.evaluate<string[]>(
            "[getComputedStyle(document.querySelector('.info .title')).color, getComputedStyle(document.body).backgroundColor]",
          )
        ).map((color) => (color.match(/\d+/g) ?? []).slice(0, 3).map(Number));
        const light = (color: number[] = []): number => color.reduce((sum, part) => sum + part, 0) / 765;
        expect(Math.abs(light(text) - light(behind))).toBeGreaterThan(0.5);
        if (scheme === 'dark') await screenshot('swagger-dark');
        await page.close();
      }
    });
  },
  'browser',
);
