export type License = 'trial' | 'basic';

/** Which Elasticsearch a test wants. */
export interface ElasticsearchTarget {
  version: '9.5.3' | '8.19.21' | (string & {});
  license: License;
}

export type SourceName = 'given' | 'docker' | 'jars';

/** Where a node answers, and the superuser of it. */
export interface Endpoint {
  url: string;
  username: string;
  password: string;
}

/** A node that is ready: security answers, the license is the wanted one. */
export interface RunningElasticsearch extends Endpoint {
  version: string;
  license: License;
  source: SourceName;
  /** Ends the node and removes its data. Nothing happens for a given or a shared node; a second call does nothing. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Lines of elasticsearch.yml, in addition to (or instead of) those of the harness. */
  settings?: Record<string, string>;
  /** Default 512. */
  heapMb?: number;
  /** A fixed HTTP port; by default one that is free. */
  port?: number;
}

/** One way to come by a node. */
export interface Source {
  name: SourceName;
  /** Cheap: starts and downloads nothing. undefined = it can be tried. */
  whyUnavailable(target: ElasticsearchTarget, options: StartOptions): Promise<string | undefined>;
  /** Downloads what a start needs and this machine does not have. Throws when it cannot be had. */
  prepare(target: ElasticsearchTarget): Promise<void>;
  start(target: ElasticsearchTarget, options: StartOptions): Promise<RunningElasticsearch>;
}

/** No source has the wanted node. The message holds the reason of each. */
export class ElasticsearchUnavailable extends Error {
  readonly reasons: Readonly<Partial<Record<SourceName, string>>>;

  constructor(target: ElasticsearchTarget, reasons: Partial<Record<SourceName, string>>) {
    const list = Object.entries(reasons).map(([source, reason]) => `${source}: ${reason}`);
    super(`no Elasticsearch ${target.version} (${target.license}): ${list.join('; ')}`);
    this.name = 'ElasticsearchUnavailable';
    this.reasons = reasons;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
