import { loadSettings } from '../../src/config/load-settings.js';
import { files, messageOf } from './support.js';

describe('a setting from a file of its own', () => {
  test('the content counts without one newline at its end', () => {
    const read = files({ '/password': 'p\n\n', '/port': '9000\r\n', '/url': 'https://a:9200' });

    expect(() =>
      loadSettings({ ELASTICSEARCH_SERVICE_USERNAME: 'u', ELASTICSEARCH_SERVICE_PASSWORD_FILE: '/password' }, read),
    ).toThrow(/^ELASTICSEARCH_SERVICE_PASSWORD_FILE: must be a password without control characters$/);
    expect(loadSettings({ LATCHKEY_PORT_FILE: '/port', ELASTICSEARCH_URL_FILE: '/url' }, read)).toMatchObject({
      port: 9000,
      elasticsearchUrls: ['https://a:9200'],
    });
  });

  test('a value and a file for one setting stop the start', () => {
    expect(messageOf({ LATCHKEY_PORT: '1', LATCHKEY_PORT_FILE: '/port' }, files({ '/port': '1' }))).toBe(
      'LATCHKEY_PORT: must not be set together with LATCHKEY_PORT_FILE; keep one of them',
    );
  });

  test.each(['', '\n'])('a file that holds %j is empty and stops the start', (content) => {
    expect(messageOf({ LATCHKEY_PORT_FILE: '/port' }, files({ '/port': content }))).toBe(
      'LATCHKEY_PORT_FILE: the file "/port" is empty',
    );
  });

  test('a file that cannot be read stops the start', () => {
    expect(messageOf({ LATCHKEY_PORT_FILE: '/none' }, files({}))).toBe(
      'LATCHKEY_PORT_FILE: cannot read the file "/none" (ENOENT)',
    );
    expect(messageOf({ LATCHKEY_PORT_FILE: '' })).toMatch(/^LATCHKEY_PORT_FILE: .*\(got ""\)$/);
  });
});

describe('the configuration file', () => {
  const env = { LATCHKEY_CONFIG_FILE: '/config' };

  test.each([
    ['YAML', 'LATCHKEY_PORT: 9000\nLATCHKEY_DOCS_ENABLED: false\nELASTICSEARCH_URL:\n  - https://a\n  - https://b\n'],
    ['JSON', '{"LATCHKEY_PORT": 9000, "LATCHKEY_DOCS_ENABLED": false, "ELASTICSEARCH_URL": "https://a,https://b"}'],
  ])('%s gives the same settings as the environment would', (_, content) => {
    expect(loadSettings(env, files({ '/config': content }))).toMatchObject({
      port: 9000,
      docsEnabled: false,
      elasticsearchUrls: ['https://a', 'https://b'],
    });
  });

  test('the environment wins over it, in either form', () => {
    const read = files({ '/config': 'LATCHKEY_PORT: 9000\nLATCHKEY_HOST: ::1\n', '/port': '9001' });

    expect(loadSettings({ ...env, LATCHKEY_PORT: '9002' }, read)).toMatchObject({ port: 9002, host: '::1' });
    expect(loadSettings({ ...env, LATCHKEY_PORT_FILE: '/port' }, read).port).toBe(9001);
  });

  test('it can name files, too', () => {
    const read = files({ '/config': 'ELASTICSEARCH_SERVICE_TOKEN_FILE: /token\n', '/token': 'secret\n' });

    expect(loadSettings(env, read).elasticsearchServiceToken).toBe('secret');
  });

  test.each([
    ['LATCHKEY_PROT: 1', /^LATCHKEY_CONFIG_FILE: the file holds LATCHKEY_PROT, .*; did you mean LATCHKEY_PORT\?$/],
    ['port: 1', /^LATCHKEY_CONFIG_FILE: the file holds a key that is not the name of a setting$/],
    ['{}\n---\n{}', /^LATCHKEY_CONFIG_FILE: the file is not valid YAML or JSON/],
    ['- LATCHKEY_PORT', /^LATCHKEY_CONFIG_FILE: the file must hold a flat map/],
    ['', /^LATCHKEY_CONFIG_FILE: the file is not valid YAML or JSON/],
    ['LATCHKEY_PORT: {a: 1}', /^LATCHKEY_PORT: must be one value or a list of values/],
    ['LATCHKEY_PORT: 1\nLATCHKEY_PORT: 2', /^LATCHKEY_CONFIG_FILE: the file is not valid YAML or JSON at line 2$/],
    ['LATCHKEY_PORT:', /^LATCHKEY_PORT: must be an integer .* \(in LATCHKEY_CONFIG_FILE\)$/],
    ['LATCHKEY_PORT: null', /^LATCHKEY_PORT: must be an integer /],
    ['NODE_ENV: test', /^NODE_ENV: is only read from the environment/],
    ['LATCHKEY_CONFIG_FILE: /other', /^LATCHKEY_CONFIG_FILE: is only read from the environment/],
    ['ELASTICSEARCH_SERVICE_PASSWORD: *canary', /^LATCHKEY_CONFIG_FILE: the file is not valid .* at line 1$/],
    ['LATCHKEY_PORT: canary', /^LATCHKEY_PORT: must be an integer (?!.*canary)/],
    ['canary-in-the-wrong-column: x', /^LATCHKEY_CONFIG_FILE: the file holds a key (?!.*canary)/],
    ['__proto__: x', /^LATCHKEY_CONFIG_FILE: the file holds a key/],
  ])('%j stops the start without a word of what is in it', (content, message) => {
    expect(messageOf(env, files({ '/config': content }))).toMatch(message);
  });

  test('a file that is not there stops the start', () => {
    expect(messageOf({ LATCHKEY_CONFIG_FILE: '/no/such/file' })).toBe(
      'LATCHKEY_CONFIG_FILE: cannot read the file "/no/such/file" (ENOENT)',
    );
  });
});

describe('names that are no settings', () => {
  test.each([
    ['LATCHKEY_PROT', 'LATCHKEY_PORT'],
    ['LATCHKEY_LOGLEVEL', 'LATCHKEY_LOG_LEVEL'],
    ['latchkey_port', 'LATCHKEY_PORT'],
    ['LATCHKEY_REQUEST_TIMEOUT', 'LATCHKEY_REQUEST_TIMEOUT_MS'],
    ['ELASTICSEARCH_URLS', 'ELASTICSEARCH_URL'],
    ['ELASTICSEARCH_SERVICE_PASWORD', 'ELASTICSEARCH_SERVICE_PASSWORD'],
  ])('%s stops the start, with %s as the name that was meant', (name, meant) => {
    expect(messageOf({ [name]: 'canary' })).toBe(`${name}: is no setting; did you mean ${meant}?`);
  });

  test('a name that resembles nothing stops the start, without its value', () => {
    expect(messageOf({ LATCHKEY_WHATEVER_THIS_IS: 'canary' })).toBe('LATCHKEY_WHATEVER_THIS_IS: is no setting');
  });

  test.each([
    ['LATCHKEY_SERVICE_HOST', '10.0.0.1'],
    ['LATCHKEY_SERVICE_PORT_HTTP', '8080'],
    ['LATCHKEY_PORT', 'tcp://10.0.0.1:8080'],
    ['LATCHKEY_METRICS_PORT', 'tcp://10.0.0.1:9464'],
    ['LATCHKEY_PORT_8080_TCP', 'tcp://10.0.0.1:8080'],
    ['LATCHKEY_PORT_8080_TCP_ADDR', '10.0.0.1'],
  ])('%s=%s is told as a Kubernetes service link', (name, value) => {
    expect(messageOf({ [name]: value })).toMatch(
      new RegExp(`^${name}: .*Kubernetes service link: set enableServiceLinks: false`),
    );
  });

  test.each([
    'ELASTICSEARCH_SERVICE_HOST',
    'ELASTICSEARCH_SERVICE_PORT',
    'ELASTICSEARCH_PORT_9200_TCP',
    'ELASTICSEARCH_PORT',
    'ELASTICSEARCH_HOSTS',
    'ELASTICSEARCH_USERNAME',
    'PATH',
    'LATCHKEY_REQUIRE_ELASTICSEARCH',
    'LATCHKEY_TEST_SKIPS',
  ])('%s belongs to others and is let through', (name) => {
    expect(() => loadSettings({ [name]: 'x' })).not.toThrow();
  });

  test('a file name has no file form', () => {
    expect(messageOf({ LATCHKEY_CONFIG_FILE_FILE: '/x' })).toMatch(/^LATCHKEY_CONFIG_FILE_FILE: is no setting/);
  });
});
