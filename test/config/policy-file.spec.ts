import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/config-error.js';
import { parseManagedKeysPolicy } from '../../src/config/managed-keys-policy.js';
import { PolicyFormat } from '../../src/config/policy-file/policy-format.js';
import { PolicySource } from '../../src/config/policy-file/policy-source.js';
import { MUST } from '../../src/config/policy-file/schema-error.js';
import { POLICY_SCHEMAS } from '../../src/config/policy-schemas.js';
import { parseProfiles } from '../../src/config/profiles/parse-profiles.js';
import { parseWorkloadIssuers } from '../../src/config/workload-issuers.js';

const DOCS = join(import.meta.dirname, '../../docs');

/** Every schema inside a schema. */
function subschemas(schema: unknown): Array<Record<string | symbol, unknown>> {
  if (typeof schema !== 'object' || schema === null) return [];
  return [schema as Record<string, unknown>, ...Object.values(schema).flatMap(subschemas)];
}

describe.each(Object.entries(POLICY_SCHEMAS))('the schema %s', (name, schema) => {
  test('is published as the service checks it', () => {
    expect(JSON.parse(readFileSync(join(DOCS, name), 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  test('knows every field of every map that has named fields', () => {
    const open = subschemas(schema).filter((part) => part['type'] === 'object' && part['properties'] !== undefined);
    expect(open.filter((part) => part['additionalProperties'] !== false)).toEqual([]);
  });

  test('says in words what each of its patterns means', () => {
    const patterns = subschemas(schema).filter((part) => typeof part['pattern'] === 'string');
    expect(patterns.length).toBeGreaterThan(0);
    expect(patterns.filter((part) => typeof part[MUST] !== 'string')).toEqual([]);
  });
});

test('every schema in docs is one that a policy file is checked against', () => {
  const published = readdirSync(DOCS).filter((name) => name.endsWith('.schema.json'));
  expect(published).toEqual(Object.keys(POLICY_SCHEMAS));
});

describe.each<[string, (text: string) => unknown, string]>([
  ['LATCHKEY_PROFILES_FILE', parseProfiles, 'profiles'],
  ['LATCHKEY_MANAGED_KEYS_FILE', parseManagedKeysPolicy, 'managers'],
  ['LATCHKEY_WORKLOAD_ISSUERS_FILE', (text) => parseWorkloadIssuers(text, false), 'issuers'],
])('%s', (setting, parse, list) => {
  const refusal = (text: string): string => {
    try {
      parse(text);
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    throw new Error('was accepted');
  };
  const aliases = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n');

  test.each<[string, string, RegExp]>([
    ['an empty file', ' \n', /the file is empty$/],
    ['a file of another kind', 'canary', /the file must be a map$/],
    ['a name twice in YAML', `${list}: []\n${list}: []`, /names a field twice \(line 2\)$/],
    ['a name twice in JSON', `{"${list}": [], "${list}": []}`, /names a field twice \(line 1\)$/],
    ['broken YAML', `${list}: [*canary]`, /is not valid YAML or JSON \(line 1\)$/],
    ['two documents', '{}\n---\n{}', /is not valid YAML or JSON$/],
    ['a misspelt field', `${list}x: []`, new RegExp(`"${list}x"; did you mean ${list}\\? \\(allowed: .*${list}`)],
    ['a list that is none', `${list}: canary`, new RegExp(`${list} must be a list$`)],
    ['an entry that is no map', `${list}: [canary]`, new RegExp(`${list}\\[0\\] must be a map$`)],
    ['a number that would be rounded', `${list}: [{x: 12345678901234567890}]`, /\[0\]\.x is a number .* in quotes$/],
    ['no number', `${list}: [{x: .nan}]`, /\[0\]\.x is a number that would be rounded/],
    ['a document that holds itself', `${list}: &a [*a]`, /is nested deeper than 64 levels$/],
    ['aliases that multiply', `a0: &a0 [x]\n${aliases}`, /holds more than 500000 values$/],
    ['a huge file', `${list}: "${'x'.repeat(4 * 1024 * 1024)}"`, /is larger than 4 MiB$/],
  ])('stops the start for %s, by one line that names the setting and no value', (_what, text, message) => {
    const refused = refusal(text);
    expect(refused).toMatch(message);
    expect(refused).toMatch(new RegExp(`^${setting}: [\\x20-\\x7e]{1,300}$`));
    expect(refused).not.toContain('canary');
  });
});

describe('a policy file of a new kind', () => {
  const format = new PolicyFormat<{ rules: Array<{ name: string; level?: string | { at: number } }> }>('SOME_FILE', {
    type: 'object',
    required: ['rules'],
    additionalProperties: false,
    properties: {
      rules: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: {
            name: { type: 'string', maxLength: 80 },
            level: {
              anyOf: [
                { enum: ['warn', 'deny'], type: 'string' },
                { type: 'object', required: ['at'], properties: { at: { type: 'integer', maximum: 9 } } },
              ],
            },
          },
        },
      },
    },
  });
  const problem = (...rules: unknown[]) => {
    try {
      return format.accept(JSON.stringify({ rules })).given;
    } catch (error) {
      return (error as ConfigError).message;
    }
  };

  test('needs a schema alone to be read, and gives what stands in it', () => {
    expect(problem({ name: 'a', level: { at: 3 } })).toEqual({ rules: [{ name: 'a', level: { at: 3 } }] });
  });

  test.each<[string, unknown, string]>([
    ['an entry by its number and its name', { name: 'ends', x: 1 }, 'rules[0] ("ends") has the unknown field "x"'],
    ['an entry without a name by its number', {}, 'rules[0] lacks name'],
    ['no long name in full', { name: 'n'.repeat(81) }, 'rules[0].name must have at most 80 characters'],
    ['the alternative that was meant', { name: 'a', level: { at: 10 } }, 'rules[0] ("a").level.at must be at most 9'],
    ['all types of alternatives', { name: 'a', level: 1 }, 'rules[0] ("a").level must be a string or a map'],
    ['the words that are allowed', { name: 'a', level: 'off' }, 'rules[0] ("a").level must be one of warn, deny'],
    ['odd names escaped', { name: 'a', 'x\u001b[31m\u202e': 1 }, 'unknown field "x\\u001b[31m\\u{202e}"'],
  ])('is refused with %s', (_what, rule, message) => {
    expect(problem(rule)).toContain(`SOME_FILE: `);
    expect(problem(rule)).toContain(message);
  });

  test('is refused in the same words for what the schema cannot say', () => {
    const { refuse } = format.accept('rules: [{name: ends}]');
    expect(() => refuse(['rules', 0, 'level'], 'must be set')).toThrow(
      'SOME_FILE: rules[0] ("ends").level must be set',
    );
    expect(() => refuse([], 'must hold a rule')).toThrow('SOME_FILE: the file must hold a rule');
  });

  test('is read again as it is then, and blames its setting when it cannot be', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'policy-'));
    const path = join(folder, 'rules.yaml');
    const source = new PolicySource('SOME_FILE', path, (text) => format.accept(text).given.rules);
    try {
      await expect(source.read()).rejects.toThrow('SOME_FILE: cannot be read (ENOENT)');
      for (const name of ['first', 'second']) {
        writeFileSync(path, `rules: [{name: ${name}}]`);
        expect(source.parse(await source.read())).toEqual([{ name }]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
