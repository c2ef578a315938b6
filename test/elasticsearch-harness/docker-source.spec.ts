import { jest } from '@jest/globals';
import {
  ELASTICSEARCH_IMAGE,
  podman,
  serveDockerApi,
  whyNoImage,
  type DockerApi,
} from '../support/containers/index.js';
import { describeWhere } from '../support/describe-where.js';
import type { RunningElasticsearch, Source } from '../support/elasticsearch/types.js';
import { startLatchkey, type Latchkey } from '../support/service.js';

const TARGET = { version: '9.5.3', license: 'basic' } as const;

// Where Docker is, this is the official image. Where it is not, podman and an image of the same interface stand in.
const noDocker = await (await dockerSource()).whyUnavailable(TARGET, {});
const missing =
  noDocker === undefined
    ? undefined
    : await whyNoImage(`${ELASTICSEARCH_IMAGE}:${TARGET.version}`, `elasticsearch ${TARGET.version}`);

/** Anew each time: Testcontainers remembers the environment in which it looked for a runtime. */
async function dockerSource(): Promise<Source> {
  jest.resetModules();
  return (await import('../support/elasticsearch/docker.js')).docker;
}

describeWhere(
  missing,
  `the docker source of the harness, ${noDocker === undefined ? 'official image' : 'podman'}, Elasticsearch 9.5.3`,
  () => {
    let docker: Source;
    let api: DockerApi | undefined;
    let es: RunningElasticsearch;
    let latchkey: Latchkey;

    beforeAll(async () => {
      if (noDocker !== undefined) {
        api = await serveDockerApi();
        // Ryuk is an image of a registry; here `stop` is what ends the container.
        Object.assign(process.env, {
          DOCKER_HOST: api.host,
          TESTCONTAINERS_RYUK_DISABLED: 'true',
          LATCHKEY_TEST_ELASTICSEARCH_IMAGE: ELASTICSEARCH_IMAGE,
        });
      }
      docker = await dockerSource();
      await docker.prepare(TARGET);
      es = await docker.start(TARGET, {});
      latchkey = await startLatchkey(es.url);
    });

    afterAll(async () => {
      await latchkey?.stop();
      await es?.stop();
      await api?.stop();
    });

    const basic = (user: string, password: string): string =>
      `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

    test('says that it can be tried', async () => {
      expect(await docker.whyUnavailable(TARGET, {})).toBeUndefined();
    });

    test('has the wanted version and license, and knows only the password that it was given', async () => {
      const headers = { authorization: basic(es.username, es.password) };
      const license = (await (await fetch(`${es.url}/_license`, { headers })).json()) as { license: object };
      expect(license.license).toMatchObject({ status: 'active', type: 'basic' });
      const root = (await (await fetch(es.url, { headers })).json()) as { version: object };
      expect(root.version).toMatchObject({ number: '9.5.3' });
      expect(
        (await fetch(`${es.url}/_security/_authenticate`, { headers: { authorization: basic('elastic', 'changeme') } }))
          .status,
      ).toBe(401);
    });

    test('a key made through Latchkey opens it', async () => {
      const created = await latchkey.call('POST', '/v1/user-keys', {
        authorization: basic(es.username, es.password),
        body: { name: 'in-a-container' },
      });
      expect(created.status).toBe(201);
      const opened = await fetch(`${es.url}/_security/_authenticate`, {
        headers: { authorization: `ApiKey ${created.body.secret.encoded}` },
      });
      expect(opened.status).toBe(200);
    });

    test('is gone after stop, and a second stop does nothing', async () => {
      await es.stop();
      await es.stop();
      await expect(fetch(es.url)).rejects.toThrow();
      if (noDocker !== undefined)
        expect(
          await podman('ps', '--all', '--quiet', '--filter', `ancestor=${ELASTICSEARCH_IMAGE}:${TARGET.version}`),
        ).toBe('');
    });
  },
  'containers',
);
