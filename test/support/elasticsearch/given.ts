import { call, objectAt } from './http.ts';
import {
  messageOf,
  type ElasticsearchTarget,
  type Endpoint,
  type License,
  type Source,
  type StartOptions,
} from './types.ts';

/**
 * The node named by ELASTICSEARCH_URL (with ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD), when it is what the
 * test wants. Tests write users, roles and keys to it; it is never stopped here.
 */
export const given: Source = {
  name: 'given',

  async whyUnavailable(target, options) {
    const es = endpoint();
    if (es === undefined) return 'ELASTICSEARCH_URL is not set';
    if (Object.keys(options.settings ?? {}).length > 0) return 'the settings of ELASTICSEARCH_URL cannot be chosen';
    return mismatch(es, target);
  },

  prepare: async () => undefined,

  async start(target: ElasticsearchTarget, options: StartOptions) {
    const es = endpoint();
    const reason = await given.whyUnavailable(target, options);
    if (es === undefined || reason !== undefined) throw new Error(reason);
    return { ...es, ...target, source: 'given', stop: async () => undefined };
  },
};

function endpoint(): Endpoint | undefined {
  const url = process.env['ELASTICSEARCH_URL']?.split(',')[0]?.trim(); // the service takes several there
  if (url === undefined || url === '') return undefined;
  return {
    url: url.replace(/\/+$/, ''),
    username: process.env['ELASTICSEARCH_USERNAME'] ?? 'elastic',
    password: process.env['ELASTICSEARCH_PASSWORD'] ?? 'changeme',
  };
}

async function mismatch(es: Endpoint, target: ElasticsearchTarget): Promise<string | undefined> {
  try {
    const root = await call(es, 'GET', '/');
    if (root.status !== 200) return `ELASTICSEARCH_URL answers ${root.status} to ${es.username}`;
    const version = String(objectAt(root.body, 'version')['number']);
    if (version !== target.version) return `ELASTICSEARCH_URL is ${version}, wanted ${target.version}`;
    const type = String(objectAt((await call(es, 'GET', '/_license')).body, 'license')['type']);
    if (levelOf(type) !== target.license) return `ELASTICSEARCH_URL has a ${type} license, wanted ${target.license}`;
    return undefined;
  } catch (error) {
    return `ELASTICSEARCH_URL does not answer (${messageOf(error)})`;
  }
}

/** An enterprise license opens what a trial opens. */
function levelOf(type: string): License | undefined {
  if (type === 'trial' || type === 'enterprise') return 'trial';
  return type === 'basic' ? 'basic' : undefined;
}
