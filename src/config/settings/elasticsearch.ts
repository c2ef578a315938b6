import { boolean, file, integer, text, urls } from '../setting.js';

/** Where Elasticsearch is, why it is trusted, and what the service itself is there. */
export const elasticsearch = {
  elasticsearchUrls: urls({
    name: 'ELASTICSEARCH_URL',
    description:
      'Elasticsearch, one address or several of one cluster, separated by commas. Without it the embedded ' +
      'sandbox runs, which production refuses.',
  }),
  allowInsecureElasticsearch: boolean({
    name: 'LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH',
    description: 'Lets production speak http:// to Elasticsearch, so that credentials travel in clear text.',
    default: false,
  }),
  elasticsearchCaFile: file({
    name: 'ELASTICSEARCH_CA_FILE',
    description:
      'PEM file with the certificate authorities that Elasticsearch is trusted by, in place of those of the ' +
      'system.',
  }),
  elasticsearchTlsVerify: boolean({
    name: 'ELASTICSEARCH_TLS_VERIFY',
    description: "Whether Elasticsearch's certificate is verified. Production refuses false.",
    default: true,
  }),
  elasticsearchServiceUsername: text({
    name: 'ELASTICSEARCH_SERVICE_USERNAME',
    description: 'User for what the service does under its own name. Calls of a caller never use it.',
    pattern: /^[^:\p{Cc}]{1,507}$/u,
    expects: 'a user name without colon',
  }),
  elasticsearchServicePassword: text({
    name: 'ELASTICSEARCH_SERVICE_PASSWORD',
    description: 'Password of that user.',
    pattern: /^[^\p{Cc}]{1,1024}$/u,
    expects: 'a password without control characters',
    secret: true,
  }),
  elasticsearchServiceToken: text({
    name: 'ELASTICSEARCH_SERVICE_TOKEN',
    description: 'Service account token, in place of user and password.',
    pattern: /^[\x21-\x7e]{1,8192}$/,
    expects: 'a token of visible ASCII characters',
    secret: true,
  }),
};

/** What a call of Elasticsearch may take. */
export const elasticsearchCalls = {
  privilegesTimeoutMs: integer({
    name: 'LATCHKEY_PRIVILEGES_TIMEOUT_MS',
    description: "Longest wait for Elasticsearch's answer on who calls and with which privileges.",
    unit: 'ms',
    min: 10,
    max: 120_000,
    default: 3000,
  }),
  elasticsearchTimeoutMs: integer({
    name: 'LATCHKEY_ELASTICSEARCH_TIMEOUT_MS',
    description: "Longest wait for Elasticsearch's answer to the action itself.",
    unit: 'ms',
    min: 10,
    max: 120_000,
    default: 8000,
  }),
  elasticsearchMaxConnections: integer({
    name: 'LATCHKEY_ELASTICSEARCH_MAX_CONNECTIONS',
    description: 'Most connections to one Elasticsearch address; further calls wait for a free one.',
    min: 1,
    max: 10_000,
    default: 128,
  }),
};
