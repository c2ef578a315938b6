import type { ErrorObject } from 'ajv';
import { shown } from '../config-error.js';
import { didYouMean } from '../nearest-name.js';
import { placeOf, type Path } from './place.js';

/**
 * In a schema, beside its limits: what they mean in words, which end the sentence "X must ...". A symbol, so that it is
 * neither published nor seen by validators.
 */
export const MUST = Symbol('must');

const TYPES: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
};
const UNITS: Readonly<Record<string, string>> = { Length: 'characters', Items: 'entries', Properties: 'fields' };

/** What is wrong, where, and what is allowed there: one sentence, without the value. */
export function explain(errors: readonly ErrorObject[], document: unknown): string {
  const error = mostTelling(errors);
  if (error === undefined) return 'is not valid';
  const place = placeOf(pathOf(error.instancePath), document);
  if (error.propertyName !== undefined)
    return `${place} has the field ${shown(error.propertyName)}, whose name must ${wordsOf(error, errors)}`;
  const unknown = unknownFieldOf(error);
  if (unknown !== undefined) return `${place} has the unknown field ${unknown}`;
  if (error.keyword === 'required')
    return `${place} lacks ${String((error.params as { missingProperty: unknown }).missingProperty)}`;
  return `${place} must ${wordsOf(error, errors)}`;
}

/** Of alternatives that all fail, the one that was meant is the one that goes deepest into what was given. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const depth = ({ instancePath }: ErrorObject): number => pathOf(instancePath).length;
  return errors.reduce<ErrorObject | undefined>(
    (best, error) => (best === undefined || depth(error) > depth(best) ? error : best),
    undefined,
  );
}

/** Also where a field is missing: a misspelt one explains that. */
function unknownFieldOf({ keyword, parentSchema = {}, data }: ErrorObject): string | undefined {
  if (keyword !== 'additionalProperties' && keyword !== 'required') return undefined;
  if (parentSchema['additionalProperties'] !== false) return undefined;
  const allowed = Object.keys((parentSchema['properties'] as object | undefined) ?? {});
  const unknown = Object.keys(data as object).find((name) => !allowed.includes(name));
  if (unknown === undefined) return undefined;
  return `${shown(unknown)}${didYouMean(unknown, allowed)} (allowed: ${allowed.join(', ')})`;
}

function wordsOf(error: ErrorObject, errors: readonly ErrorObject[]): string {
  const { keyword, parentSchema = {}, schema } = error;
  const isContainer = parentSchema['type'] === 'object' || parentSchema['type'] === 'array';
  const own = (parentSchema as { [MUST]?: string })[MUST];
  if (own !== undefined && !(keyword === 'type' && isContainer)) return own;
  if (keyword === 'type') return `be ${typesOf(error, errors)}`;
  if (keyword === 'enum') return `be one of ${(schema as unknown[]).join(', ')}`;
  if (keyword === 'minimum') return `be at least ${String(schema)}`;
  if (keyword === 'maximum') return `be at most ${String(schema)}`;
  const [, bound, what = ''] = /^(min|max)(Length|Items|Properties)$/.exec(keyword) ?? [];
  if (bound === 'min' && schema === 1) return 'not be empty';
  if (bound !== undefined) return `have at ${bound === 'min' ? 'least' : 'most'} ${String(schema)} ${UNITS[what]}`;
  return (error.message ?? 'be valid').replace(/^must /, '');
}

/** Alternatives of other types fail at the same place. */
function typesOf({ instancePath }: ErrorObject, errors: readonly ErrorObject[]): string {
  const types = errors
    .filter((error) => error.keyword === 'type' && error.instancePath === instancePath)
    .flatMap(({ schema }) => schema as string | string[]);
  return types.map((type) => TYPES[type] ?? type).join(' or ');
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}
