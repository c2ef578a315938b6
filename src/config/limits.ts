import { Ajv } from 'ajv';
import { isElasticsearchUrl } from './elasticsearch-url.js';
import { URL_FORMAT } from './setting.js';
import { settingDefinitions } from './settings.js';

const validate = new Ajv({ allErrors: true, formats: { [URL_FORMAT]: isElasticsearchUrl } }).compile({
  type: 'object',
  properties: Object.fromEntries(settingDefinitions().map(([, { name, limits }]) => [name, limits])),
});

/** Names of the settings whose values, as `convert` made them, are not what their limits allow. */
export function outsideLimits(values: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  validate(Object.fromEntries(values));
  return new Set(validate.errors?.map(({ instancePath }) => instancePath.split('/')[1] ?? ''));
}
