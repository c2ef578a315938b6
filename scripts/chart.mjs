// Writes what the Helm chart takes from elsewhere: the schema of `settings` from the service's own settings, that of
// profiles from the schema that the service publishes, and the table of values in the chart's README from the schema
// and values.yaml. With --check it only says what differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describeSettings } from '../dist/config/settings.js';

const chart = new URL('../helm/latchkey/', import.meta.url);
const START = '<!-- values: written by `npm run chart` -->';
const END = '<!-- end of values -->';

/** Settings that the chart makes from other values, that name places in the image, or that production refuses. */
const NOT_SETTINGS = new Set([
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_TLS_VERIFY',
  'LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH',
  'LATCHKEY_ALLOW_INSECURE_ISSUERS',
  'LATCHKEY_AUDIT_FILE',
  'LATCHKEY_MESH_TRUST_DOMAINS',
  'LATCHKEY_MESH_XFCC_TRUSTED',
  'LATCHKEY_SANDBOX_PORT',
  'LATCHKEY_TLS_ENABLED',
  'NODE_ENV',
]);

function settingsSchema() {
  const given = describeSettings().filter(
    ({ name, secret }) => !secret && !NOT_SETTINGS.has(name) && !/_(FILE|PORT)$|_SERVICE_USERNAME$/.test(name),
  );
  return {
    type: 'object',
    additionalProperties: false,
    description: 'Any other setting of docs/configuration.md, by its own name.',
    properties: Object.fromEntries(
      given.map((setting) => [setting.name, { ...valueSchema(setting), description: setting.description }]),
    ),
  };
}

/** The service's own limits, but for texts, whose patterns say more than the expressions of Helm's Go can. */
function valueSchema({ kind, limits }) {
  if (kind === 'integer' || kind === 'boolean' || kind === 'time') return limits;
  // In YAML `true` without quotes is no text.
  if (kind === 'choice')
    return {
      enum: limits.enum.flatMap((word) => (word === 'true' || word === 'false' ? [word, word === 'true'] : [word])),
    };
  return { type: 'string', minLength: 1 };
}

/** One row for each value that has no values inside, in the order of values.yaml. */
function rows(values, schema, path = []) {
  return Object.entries(values).flatMap(([name, value]) => {
    const here = [...path, name];
    const described = schema.properties?.[name];
    if (described === undefined)
      throw new Error(`values.yaml has ${here.join('.')}, which values.schema.json does not know`);
    if (isMap(value) && Object.keys(value).length > 0 && isMap(described.properties) && name !== 'settings')
      return rows(value, described, here);
    if (!described.description) throw new Error(`values.schema.json does not describe ${here.join('.')}`);
    return [`| \`${here.join('.')}\` | ${shown(value)} | ${described.description.replaceAll('|', '\\|')} |`];
  });
}

function isMap(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value) {
  return value === '' ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function read(name) {
  return readFileSync(new URL(name, chart), 'utf8');
}

const schema = JSON.parse(read('values.schema.json'));
schema.properties.settings = settingsSchema();
const profiles = new URL('../docs/profiles.schema.json', import.meta.url);
if (existsSync(profiles))
  schema.properties.profiles.properties.definitions.items = JSON.parse(
    readFileSync(profiles, 'utf8'),
  ).properties.profiles.items;
const table = [
  '| Value | Default | What it does |',
  '| --- | --- | --- |',
  ...rows(load(read('values.yaml')), schema),
].join('\n');
const readme = read('README.md');
const [before, after] = [readme.indexOf(START), readme.indexOf(END)];
if (before < 0 || after < before) throw new Error('helm/latchkey/README.md has lost the marks of its table');

let differs = false;
for (const [name, text] of [
  ['values.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
  ['README.md', `${readme.slice(0, before + START.length)}\n${table}\n${readme.slice(after)}`],
]) {
  if (read(name) === text) continue;
  differs = true;
  if (process.argv.includes('--check'))
    console.error(`helm/latchkey/${name} is not what the settings and values say: run npm run chart, and commit`);
  else writeFileSync(new URL(name, chart), text);
}
if (differs && process.argv.includes('--check')) process.exitCode = 1;
