import { boolean, choice, file, integer, production } from '../setting.js';

/** The log. */
export const logging = {
  logLevel: choice({
    name: 'LATCHKEY_LOG_LEVEL',
    description: 'Least severity that is logged.',
    values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
  }),
};

/** The environment that the service runs in. */
export const environment = {
  production: production({
    name: 'NODE_ENV',
    description: 'production turns the rules of production on.',
  }),
  configFile: file({
    name: 'LATCHKEY_CONFIG_FILE',
    description: 'YAML or JSON file: a flat map from names of settings to values. The environment wins over it.',
    environmentOnly: true,
  }),
};

/** What comes beside the API. */
export const extras = {
  docsEnabled: boolean({
    name: 'LATCHKEY_DOCS_ENABLED',
    description: 'Serves the API documentation at /docs.',
    default: true,
  }),
  sandboxPort: integer({
    name: 'LATCHKEY_SANDBOX_PORT',
    description: 'Port of the embedded sandbox, when it runs. 0 takes any free port.',
    min: 0,
    max: 65535,
    default: 0,
  }),
};
