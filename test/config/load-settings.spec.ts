import { inspect } from 'node:util';
import { rootCertificates } from 'node:tls';
import { describeSettings, Settings } from '../../src/config/settings.js';
import { ConfigError, loadSettings } from '../../src/config/load-settings.js';
import { files, messageOf } from './support.js';

describe('settings', () => {
  test('nothing set gives the documented defaults, frozen', () => {
    const settings = loadSettings({});

    expect(settings).toBeInstanceOf(Settings);
    expect(settings).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      metricsPort: 9464,
      logLevel: 'info',
      elasticsearchUrls: [],
      elasticsearchTlsVerify: true,
      production: false,
      createRefresh: 'true',
      bodyLimitBytes: 65536,
      requireKeyExpiration: false,
    });
    expect(settings.maxKeyLifetime).toBeUndefined();
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.elasticsearchUrls)).toBe(true);
  });

  test('every default passes its own check when it is written out', () => {
    const env = Object.fromEntries(
      describeSettings().flatMap(({ name, default: value }) => (value === null ? [] : [[name, value]])),
    );

    expect(loadSettings(env)).toEqual(loadSettings({}));
  });

  test('every setting has a name of its own, a description and what is expected', () => {
    const rows = describeSettings();

    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => row.property)).size).toBe(rows.length);
    expect(rows.filter((row) => row.description === '' || row.expects === '')).toEqual([]);
    expect(rows.find((row) => row.name === 'LATCHKEY_DRAIN_MS')).toMatchObject({
      property: 'drainMs',
      kind: 'integer',
      default: '5000',
      unit: 'ms',
      secret: false,
      fileName: 'LATCHKEY_DRAIN_MS_FILE',
    });
    expect(rows.filter((row) => row.secret).map((row) => row.name)).toEqual([
      'ELASTICSEARCH_SERVICE_PASSWORD',
      'ELASTICSEARCH_SERVICE_TOKEN',
    ]);
  });

  test.each(describeSettings().flatMap(({ name, limits }) => ('minimum' in limits ? [[name, limits] as const] : [])))(
    '%s is held to the limits that it publishes as data',
    (name, { minimum, maximum }) => {
      for (const beyond of [minimum - 1, maximum + 1])
        expect(messageOf({ [name]: `${beyond}` })).toBe(
          `${name}: must be an integer from ${minimum} to ${maximum} (got "${beyond}")`,
        );
      for (const atLimit of [minimum, maximum]) {
        // Room for the settings that must not exceed another one.
        const env = { LATCHKEY_SHUTDOWN_TIMEOUT_MS: '600000', LATCHKEY_REQUEST_TIMEOUT_MS: '300000' };
        const given = { ...env, LATCHKEY_DRAIN_MS: '0', LATCHKEY_HEADERS_TIMEOUT_MS: '100', [name]: `${atLimit}` };
        expect(() => loadSettings(given)).not.toThrow();
      }
    },
  );

  test('several Elasticsearch addresses are read in order, without spaces and trailing slashes', () => {
    const settings = loadSettings({ ELASTICSEARCH_URL: 'https://a:9200, https://b:9200/es/' });

    expect(settings.elasticsearchUrls).toEqual(['https://a:9200', 'https://b:9200/es']);
  });
});

describe('a bad value', () => {
  test('a bad port stops the start with one line that names LATCHKEY_PORT', () => {
    expect(() => loadSettings({ LATCHKEY_PORT: 'abc' })).toThrow(ConfigError);
    expect(messageOf({ LATCHKEY_PORT: 'abc' })).toBe('LATCHKEY_PORT: must be an integer from 0 to 65535 (got "abc")');
  });

  test.each(['', ' ', '8080 ', '+1', '-1', '08080', '0x50', '8e3', '80.0', '65536', '١', 'Infinity'])(
    'only decimal digits within the limits are an integer: %j is refused',
    (text) => {
      expect(messageOf({ LATCHKEY_PORT: text })).toMatch(/^LATCHKEY_PORT: must be an integer from 0 to 65535 \(got /);
    },
  );

  test.each(['', 'True', 'yes', '1', 'TRUE', 'false '])('only true and false are a boolean: %j is refused', (text) => {
    expect(messageOf({ LATCHKEY_DOCS_ENABLED: text })).toMatch(/^LATCHKEY_DOCS_ENABLED: must be true or false \(got /);
  });

  test.each([
    ['LATCHKEY_LOG_LEVEL', 'verbose'],
    ['LATCHKEY_CREATE_REFRESH', 'later'],
    ['LATCHKEY_MAX_KEY_LIFETIME', '365'],
    ['LATCHKEY_MAX_KEY_LIFETIME', '0d'],
    ['LATCHKEY_MAX_KEY_LIFETIME', '-1'],
    ['LATCHKEY_REQUEST_TIMEOUT_MS', '0'],
    ['LATCHKEY_HOST', 'a b'],
    ['LATCHKEY_HOST', ''],
    ['ELASTICSEARCH_CA_FILE', ''],
    ['ELASTICSEARCH_SERVICE_USERNAME', 'a:b'],
  ])('%s=%j stops the start', (name, text) => {
    expect(messageOf({ [name]: text })).toMatch(new RegExp(`^${name}: must be .* \\(got .*\\)$`));
  });

  test('a misspelt NODE_ENV does not pass for "not production"', () => {
    expect(messageOf({ NODE_ENV: 'prodution' })).toBe(
      'NODE_ENV: must be one of production, development, test (got "prodution")',
    );
  });

  test('a message is one line of bounded length, whatever the value', () => {
    const message = messageOf({ LATCHKEY_LOG_LEVEL: `in\r\nfo\u001b[31m\u2028\u202e${'x'.repeat(5000)}` });

    expect(message).toMatch(/^[\x20-\x7e…]{1,300}$/);
  });

  test.each([
    'ftp://es:9200',
    'es:9200',
    'https://',
    'https://a:9200,',
    'https://a:99999',
    'https://a:9200 https://b',
    'https://a:9200/?k=canary',
    'https://a:9200/#canary',
    'https://canary:canary@a:9200',
    'https://canary@a:9200',
    'https:\\\\a',
  ])('%j is no address of Elasticsearch, and is not repeated', (url) => {
    const message = messageOf({ ELASTICSEARCH_URL: url });

    expect(message).toMatch(/^ELASTICSEARCH_URL: must be one or more URLs/);
    expect(message).not.toContain('canary');
  });
});

describe('secrets', () => {
  const env = {
    ELASTICSEARCH_URL: 'https://a:9200',
    ELASTICSEARCH_SERVICE_USERNAME: 'latchkey',
    ELASTICSEARCH_SERVICE_PASSWORD: 'canary-password',
  };

  test('no dump of the settings holds a secret', () => {
    const settings = loadSettings(env);

    expect(settings.elasticsearchServicePassword).toBe('canary-password');
    expect(JSON.stringify(settings) + inspect(settings) + JSON.stringify({ ...settings })).not.toContain('canary');
  });

  test.each(['ELASTICSEARCH_SERVICE_PASSWORD', 'ELASTICSEARCH_SERVICE_TOKEN'])('a bad %s is not repeated', (name) => {
    expect(messageOf({ [name]: 'canary\u0000' })).toMatch(new RegExp(`^${name}: must be a (?!.*canary)`));
    expect(messageOf({ [name]: '' })).toMatch(/\(got ""\)$/);
  });

  test('what stands in a file is not repeated', () => {
    const read = files({ '/port': 'canary' });

    expect(messageOf({ LATCHKEY_PORT_FILE: '/port' }, read)).toBe(
      'LATCHKEY_PORT_FILE: must be an integer from 0 to 65535',
    );
  });

  test('half a service identity, or two, stop the start', () => {
    expect(messageOf({ ELASTICSEARCH_SERVICE_USERNAME: 'u' })).toMatch(/^ELASTICSEARCH_SERVICE_PASSWORD: must be set/);
    expect(messageOf({ ELASTICSEARCH_SERVICE_PASSWORD: 'p' })).toMatch(/^ELASTICSEARCH_SERVICE_USERNAME: must be set/);
    expect(messageOf({ ...env, ELASTICSEARCH_SERVICE_TOKEN: 'canary' })).toMatch(
      /^ELASTICSEARCH_SERVICE_TOKEN: must not be set together (?!.*canary)/,
    );
  });
});

describe('trust in Elasticsearch', () => {
  const production = { NODE_ENV: 'production', ELASTICSEARCH_URL: 'https://a:9200' };

  test('production never runs the sandbox', () => {
    expect(messageOf({ NODE_ENV: 'production' })).toBe(
      'ELASTICSEARCH_URL: must be set, since the embedded sandbox is never used in production',
    );
    expect(loadSettings(production).production).toBe(true);
  });

  test('production refuses clear text, unless it is allowed by name', () => {
    const clear = { ...production, ELASTICSEARCH_URL: 'https://a:9200,http://b:9200' };

    expect(messageOf(clear)).toMatch(/^ELASTICSEARCH_URL: must be https/);
    expect(loadSettings({ ...clear, LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH: 'true' }).elasticsearchUrls).toHaveLength(2);
    expect(loadSettings({ ELASTICSEARCH_URL: 'http://b:9200' }).elasticsearchUrls).toEqual(['http://b:9200']);
  });

  test('production refuses to leave the certificate unverified', () => {
    const unverified = { ELASTICSEARCH_TLS_VERIFY: 'false' };

    expect(messageOf({ ...production, ...unverified })).toMatch(/^ELASTICSEARCH_TLS_VERIFY: must be true/);
    expect(loadSettings(unverified).elasticsearchTlsVerify).toBe(false);
  });

  test('the certificate authorities are read at the start', () => {
    const pem = rootCertificates.slice(0, 2).join('\n');

    expect(loadSettings({ ELASTICSEARCH_CA_FILE: '/ca' }, files({ '/ca': pem })).elasticsearchCa).toBe(pem);
  });

  test.each([
    ['', 'nothing'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'no certificate'],
    ['-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----', 'a private key'],
  ])('a file of certificate authorities that holds %j (%s) stops the start', (pem) => {
    expect(messageOf({ ELASTICSEARCH_CA_FILE: '/ca' }, files({ '/ca': pem }))).toMatch(
      /^ELASTICSEARCH_CA_FILE: the file must hold certificates (?!.*canary)/,
    );
  });

  test('a file of certificate authorities that is not there stops the start', () => {
    expect(messageOf({ ELASTICSEARCH_CA_FILE: '/no/such/file' })).toBe(
      'ELASTICSEARCH_CA_FILE: cannot read the file "/no/such/file" (ENOENT)',
    );
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 stops the start', () => {
    expect(messageOf({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toMatch(/^NODE_TLS_REJECT_UNAUTHORIZED: must not be 0/);
    expect(() => loadSettings({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).not.toThrow();
  });

  test.each(['*', 'elasticsearch', 'fastify elastic*', 'a,elasticsearch:*', 'Elasticsearch'])(
    "DEBUG=%s, which turns on the client's output of credentials, stops the start",
    (value) => {
      expect(messageOf({ DEBUG: value })).toMatch(/^DEBUG: must not match elasticsearch/);
    },
  );

  test.each(['', 'fastify', 'avvio:*', '-elasticsearch'])('DEBUG=%j is let through', (value) => {
    expect(() => loadSettings({ DEBUG: value })).not.toThrow();
  });
});

describe('settings that contradict each other', () => {
  test.each([
    [{ LATCHKEY_METRICS_PORT: '8080' }, /^LATCHKEY_METRICS_PORT: must differ/],
    [{ LATCHKEY_HEADERS_TIMEOUT_MS: '10001' }, /^LATCHKEY_HEADERS_TIMEOUT_MS: must not be more than/],
    [{ LATCHKEY_DRAIN_MS: '20000' }, /^LATCHKEY_DRAIN_MS: must be less than/],
  ])('%j stops the start', (env, message) => {
    expect(messageOf(env)).toMatch(message);
  });
});
