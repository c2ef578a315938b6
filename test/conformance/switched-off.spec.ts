import { startElasticsearch, whyUnavailable, type RunningElasticsearch } from '../support/elasticsearch/index.ts';
import { describeWhere } from '../support/describe-where.js';
import { startLatchkey, type Latchkey } from '../support/service.js';
import { until } from '../support/wait.js';

const basic = ({ username, password }: RunningElasticsearch): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A cluster on which what Latchkey needs is switched off says so through Latchkey, and Latchkey goes on. */
for (const version of ['9.5.3', '8.19.21']) {
  const target = { version, license: 'basic' } as const;
  describeWhere(await whyUnavailable(target), `switched off on Elasticsearch ${version}`, () => {
    let es: RunningElasticsearch;
    let latchkey: Latchkey;
    afterEach(async () => {
      await latchkey?.stop();
      await es?.stop();
    });

    test('with API keys switched off every key operation says that, while the session works', async () => {
      es = await startElasticsearch(target, { settings: { 'xpack.security.authc.api_key.enabled': 'false' } });
      latchkey = await startLatchkey(es.url);
      const authorization = basic(es);
      const disabled = { status: 501, body: { code: 'feature.api-keys-disabled' } };
      // A node that has just come up answers 503 for a moment.
      await until(async () => (await latchkey.call('GET', '/v1/user-keys', { authorization })).status !== 503);
      expect(await latchkey.call('POST', '/v1/user-keys', { authorization, body: { name: 'a' } })).toMatchObject(
        disabled,
      );
      expect(await latchkey.call('GET', '/v1/user-keys', { authorization })).toMatchObject(disabled);
      expect(await latchkey.call('DELETE', '/v1/user-keys/nosuchkey', { authorization })).toMatchObject(disabled);
      expect((await latchkey.call('GET', '/v1/session', { authorization })).status).toBe(200);
      expect((await latchkey.call('GET', '/livez')).status).toBe(200);
    });
  });
}
