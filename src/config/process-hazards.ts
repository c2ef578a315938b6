import { ConfigError } from './config-error.js';

/** Refuses variables of Node and of libraries that would undo what the settings promise. */
export function refuseProcessHazards(env: NodeJS.ProcessEnv): void {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    throw new ConfigError(
      'NODE_TLS_REJECT_UNAUTHORIZED',
      'must not be 0, since no connection of the process would verify certificates; set ELASTICSEARCH_CA_FILE instead',
    );
  }
  if ((env['DEBUG'] ?? '').split(/[\s,]+/).some(turnsOnClientDebug)) {
    throw new ConfigError(
      'DEBUG',
      "must not match elasticsearch, since the client's debug output holds credentials; set LATCHKEY_LOG_LEVEL instead",
    );
  }
}

function turnsOnClientDebug(namespace: string): boolean {
  if (namespace === '' || namespace.startsWith('-')) return false;
  const text = namespace.toLowerCase();
  if (text.includes('elasticsearch')) return true;
  const star = text.indexOf('*');
  return star >= 0 && 'elasticsearch'.startsWith(text.slice(0, star));
}
