import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { tools, type Json } from './support.ts';

const REF = '#/definitions/';

/**
 * Writes JSON schemas for kubeconform into a folder, named as it asks for them: those of Kubernetes' own kinds from its
 * published OpenAPI document, those of other kinds from their definitions. An unknown field is an error in all of them.
 */
export function writeJsonSchemas(folder: string): void {
  const { definitions }: Json = JSON.parse(readFileSync(join(tools['kubernetes-openapi'], 'swagger.json'), 'utf8'));
  const strictDefinitions: Json = Object.fromEntries(
    Object.entries<Json>(definitions).map(([name, definition]) => [name, strict(name, definition)]),
  );
  for (const [name, definition] of Object.entries<Json>(definitions)) {
    const kinds: Json[] = definition['x-kubernetes-group-version-kind'] ?? [];
    // Some, such as DeleteOptions, belong to every group; no chart makes them.
    if (kinds.length !== 1) continue;
    const { group, version, kind } = kinds[0];
    write(folder, kind, group, version, { $ref: REF + name, definitions: reachable(name, strictDefinitions) });
  }
  for (const source of [tools['prometheus-operator-crds'], tools['gateway-api-crds']]) {
    for (const file of readdirSync(source).filter((name) => name.endsWith('.yaml')))
      writeCustom(folder, load(readFileSync(join(source, file), 'utf8')) as Json);
  }
}

function writeCustom(folder: string, { kind, spec }: Json): void {
  if (kind !== 'CustomResourceDefinition') return;
  for (const { name, schema } of spec.versions)
    write(folder, spec.names.kind, spec.group, name, closed(schema.openAPIV3Schema));
}

function write(folder: string, kind: string, group: string, version: string, schema: Json): void {
  const suffix = [group.split('.')[0], version].filter((part) => part !== '').join('-');
  writeFileSync(join(folder, `${kind}-${suffix}.json`.toLowerCase()), JSON.stringify(schema));
}

function strict(name: string, definition: Json): Json {
  if (name.endsWith('.IntOrString') || name.endsWith('.Quantity'))
    return { oneOf: [{ type: 'string' }, { type: 'number' }] };
  return definition.properties === undefined ? definition : { ...definition, additionalProperties: false };
}

/** The same for a definition in which objects stand inside each other. */
function closed(schema: Json, isRoot = true): Json {
  if (schema['x-kubernetes-int-or-string'] === true) return { oneOf: [{ type: 'string' }, { type: 'integer' }] };
  const properties =
    schema.properties &&
    Object.fromEntries(
      Object.entries<Json>(schema.properties).map(([name, value]) => [
        name,
        isRoot && name === 'metadata' ? { type: 'object' } : closed(value, false),
      ]),
    );
  return {
    ...schema,
    ...(properties && { properties, additionalProperties: false }),
    ...(schema.items && { items: closed(schema.items, false) }),
    ...(typeof schema.additionalProperties === 'object' && {
      additionalProperties: closed(schema.additionalProperties, false),
    }),
  };
}

function reachable(name: string, definitions: Json, found: Json = {}): Json {
  if (name in found) return found;
  found[name] = definitions[name];
  for (const [, next = ''] of JSON.stringify(definitions[name]).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g))
    reachable(next, definitions, found);
  return found;
}
