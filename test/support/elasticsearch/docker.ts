import { randomBytes } from 'node:crypto';
import { nodeSettings } from './settings.ts';
import { START_LIMIT_MS, waitUntilReady } from './ready.ts';
import { messageOf, type ElasticsearchTarget, type Source } from './types.ts';

const OFFICIAL_IMAGE = 'docker.elastic.co/elasticsearch/elasticsearch';
const HTTP_PORT = 9200;

/** By Testcontainers: the official image, pulled at the first start, or that of LATCHKEY_TEST_ELASTICSEARCH_IMAGE. */
export const docker: Source = {
  name: 'docker',

  async whyUnavailable() {
    try {
      const { getContainerRuntimeClient } = await import('testcontainers');
      await getContainerRuntimeClient();
      return undefined;
    } catch (error) {
      return `no container runtime (${messageOf(error)})`;
    }
  },

  async prepare(target) {
    const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
    const { image } = await getContainerRuntimeClient();
    const name = ImageName.fromString(imageOf(target));
    if (!(await image.exists(name))) await image.pull(name);
  },

  async start(target, options) {
    const { GenericContainer, Wait } = await import('testcontainers');
    const password = randomBytes(12).toString('hex');
    const heapMb = options.heapMb ?? 512;
    const container = await new GenericContainer(imageOf(target))
      .withEnvironment({
        ...nodeSettings(target, options),
        ELASTIC_PASSWORD: password,
        ES_JAVA_OPTS: `-Xms${heapMb}m -Xmx${heapMb}m`,
      })
      .withExposedPorts(options.port === undefined ? HTTP_PORT : { container: HTTP_PORT, host: options.port })
      .withWaitStrategy(Wait.forListeningPorts())
      .withStartupTimeout(START_LIMIT_MS)
      .start();
    const es = {
      url: `http://${container.getHost()}:${container.getMappedPort(HTTP_PORT)}`,
      username: 'elastic',
      password,
    };
    try {
      await waitUntilReady(es, target, options);
    } catch (error) {
      await container.stop();
      throw error;
    }
    let stopped: Promise<unknown> | undefined;
    return {
      ...es,
      ...target,
      source: 'docker',
      async stop() {
        await (stopped ??= container.stop());
      },
    };
  },
};

function imageOf({ version }: ElasticsearchTarget): string {
  return `${process.env['LATCHKEY_TEST_ELASTICSEARCH_IMAGE'] || OFFICIAL_IMAGE}:${version}`;
}
