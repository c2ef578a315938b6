import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describeSettings } from '../../src/config/settings.js';
import { ERROR_REGISTRY } from '../../src/errors/error-registry.js';

const PAGES = [...globSync('*.md'), ...globSync('docs/**/*.md')];
const pages = PAGES.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const sources = globSync('src/**/*.ts')
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

test.each(PAGES)('every link of %s to a file leads somewhere', (path) => {
  const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(
    ([, target = '']) => target,
  );
  expect(links.filter((target) => !existsSync(join(dirname(path), target)))).toEqual([]);
});

test('the test map of CONTRIBUTING.md has each folder of tests and no other', () => {
  const map = (readFileSync('CONTRIBUTING.md', 'utf8').split('## Test map')[1] ?? '').matchAll(/^\|([^|]*)\|/gm);
  const mapped = [...map].flatMap(([, cell = '']) => [...cell.matchAll(/`test\/([a-z-]+)`/g)].map(([, name]) => name));
  const folders = globSync('test/*/').map((path) => basename(path));
  expect(mapped.sort()).toEqual(folders.filter((name) => name !== 'support').sort());
});

test('every test that the page on security names is there', () => {
  const { text } = pages.find(({ path }) => path === 'docs/security.md') ?? { text: '' };
  const known = new Set(globSync('test/**/*.ts').flatMap((path) => [path, basename(path)]));
  const named = [...text.matchAll(/`([A-Za-z0-9./-]+\.ts)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('src/'));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('every setting that a page names exists', () => {
  const settings = new Set(
    describeSettings().flatMap(({ name, fileName }) => [name, ...(fileName === null ? [] : [fileName])]),
  );
  // Those of the tests and of CI are not the service's.
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\b(?:LATCHKEY|ELASTICSEARCH)_[A-Z0-9_]+\b/g)].map(([name]) => ({ path, name })),
  );
  const unknown = named.filter(({ name }) => !settings.has(name) && !/^LATCHKEY_(TEST|REQUIRE)_|_$/.test(name));
  expect(unknown).toEqual([]);
});

test('every metric that a page names exists', () => {
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/\blatchkey_[a-z0-9_]+\b/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
  );
  expect([...new Set(named)].filter((name) => !sources.includes(`'${name}'`))).toEqual([]);
});

test('every error code that a page names exists', () => {
  const families = new Set(Object.keys(ERROR_REGISTRY).map((code) => code.split('.')[0]));
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/`([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)`/g)].map(([, code = '']) => code),
  );
  const events = new Set([...sources.matchAll(/'([a-z-]+\.[a-z-]+)'/g)].map(([, word = '']) => word));
  expect(
    [...new Set(named)].filter(
      (code) => families.has(code.split('.')[0] ?? '') && !(code in ERROR_REGISTRY) && !events.has(code),
    ),
  ).toEqual([]);
});
