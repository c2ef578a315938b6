import { docker } from './docker.ts';
import { given } from './given.ts';
import { jars } from './jars.ts';
import {
  ElasticsearchUnavailable,
  messageOf,
  type ElasticsearchTarget,
  type RunningElasticsearch,
  type Source,
  type SourceName,
  type StartOptions,
} from './types.ts';

const SOURCES: readonly Source[] = [given, docker, jars];

/**
 * Starts (or takes) a node of its own, from the first source that can: ELASTICSEARCH_URL, Docker, jars.
 * LATCHKEY_TEST_ELASTICSEARCH ("docker,jars") narrows them. Throws ElasticsearchUnavailable with the reason of each.
 * The node ends with this process, however that ends.
 */
export async function startElasticsearch(
  target: ElasticsearchTarget,
  options: StartOptions = {},
): Promise<RunningElasticsearch> {
  const reasons: Partial<Record<SourceName, string>> = {};
  for (const source of SOURCES) {
    const reason = await whyNot(source, target, options);
    if (reason === undefined) {
      try {
        return await source.start(target, options);
      } catch (error) {
        reasons[source.name] = messageOf(error);
      }
    } else {
      reasons[source.name] = reason;
    }
  }
  throw new ElasticsearchUnavailable(target, reasons);
}

/** Why no source can have the target here; undefined = one can be tried. Starts and downloads nothing. */
export function findWhyUnavailable(target: ElasticsearchTarget): Promise<string | undefined> {
  return reasonOfAll(target, (source) => whyNot(source, target, {}));
}

/** The same, and undefined means that everything has been downloaded: a start that fails then is a fault. */
export function findWhyUnobtainable(target: ElasticsearchTarget): Promise<string | undefined> {
  return reasonOfAll(target, async (source) => {
    const reason = await whyNot(source, target, {});
    return reason ?? source.prepare(target).then(() => undefined, messageOf);
  });
}

async function reasonOfAll(
  target: ElasticsearchTarget,
  reasonOf: (source: Source) => Promise<string | undefined>,
): Promise<string | undefined> {
  const reasons: Partial<Record<SourceName, string>> = {};
  for (const source of SOURCES) {
    const reason = await reasonOf(source);
    if (reason === undefined) return undefined;
    reasons[source.name] = reason;
  }
  return new ElasticsearchUnavailable(target, reasons).message;
}

async function whyNot(source: Source, target: ElasticsearchTarget, options: StartOptions): Promise<string | undefined> {
  const allowed = process.env['LATCHKEY_TEST_ELASTICSEARCH'];
  if (allowed && !allowed.split(',').includes(source.name)) return 'ruled out by LATCHKEY_TEST_ELASTICSEARCH';
  return source.whyUnavailable(target, options);
}
