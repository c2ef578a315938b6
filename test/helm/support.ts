import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load, loadAll } from 'js-yaml';

export type Json = ReturnType<typeof JSON.parse>;

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: Json;
}

const root = new URL('../../', import.meta.url);
export const chart = fileURLToPath(new URL('helm/latchkey', root));
export const NAMESPACE = 'platform';

/** Paths of the tools and definitions that helm/tools has made, by name. */
export const tools: Readonly<Record<ToolName, string>> = Object.fromEntries(
  execFileSync(fileURLToPath(new URL('helm/tools', root)), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
) as Record<ToolName, string>;

type ToolName =
  'helm' | 'kubeconform' | 'promtool' | 'prometheus-operator-crds' | 'gateway-api-crds' | 'kubernetes-openapi';

/** Names of the value sets in helm/latchkey/ci. */
export const valueSets = readdirSync(`${chart}/ci`).map((file) => file.replace(/\.yaml$/, ''));

export function valueSetPath(name: string): string {
  return `${chart}/ci/${name}.yaml`;
}

export function run(
  tool: ToolName,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): SpawnSyncReturns<string> {
  return spawnSync(tools[tool], args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    input: options.input ?? '',
    env: { ...process.env, ...options.env },
  });
}

/** @param values the name of a value set, or values themselves. The error is what Helm printed. */
export function template(values: Json, namespace = NAMESPACE): { text: string; error: string } {
  const named = typeof values === 'string';
  const { stdout, stderr, status } = run(
    'helm',
    ['template', 'keys', chart, '--namespace', namespace, '--values', named ? valueSetPath(values) : '-'],
    {
      input: named ? '' : JSON.stringify(values),
    },
  );
  return { text: stdout, error: status === 0 ? '' : stderr };
}

export function render(values: Json, namespace = NAMESPACE): Manifest[] {
  const { text, error } = template(values, namespace);
  if (error !== '') throw new Error(error);
  return loadAll(text).filter((document): document is Manifest => document !== null && document !== undefined);
}

/** The one object of a kind whose name has this ending after the release's own. */
export function only(manifests: readonly Manifest[], kind: string, suffix = ''): Manifest {
  const found = manifests.filter(
    (manifest) =>
      manifest.kind === kind && manifest.metadata.name.endsWith(suffix === '' ? releaseName(manifests) : suffix),
  );
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${found.length} objects of kind ${kind} with the ending "${suffix}"`);
  return found[0];
}

function releaseName(manifests: readonly Manifest[]): string {
  return manifests.find(({ kind }) => kind === 'Deployment')?.metadata.name ?? '';
}

export function readYaml(path: string): Json {
  return load(readFileSync(path, 'utf8'));
}

/** The built file of the service, so that no compiler stands between the chart and what is shipped. */
export async function built(path: string): Promise<Json> {
  return import(new URL(`dist/${path}`, root).href);
}
