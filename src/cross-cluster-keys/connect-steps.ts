export const CONNECT_MODES = ['proxy', 'sniff'] as const;

export type ConnectMode = (typeof CONNECT_MODES)[number];

export interface ConnectOptions {
  /** Name by which the other cluster will know this one. Letters, digits, - and _. */
  alias: string;
  mode: ConnectMode;
  /** host:port of this cluster's remote cluster server, or a placeholder. */
  address: string;
}

interface ConnectStep {
  title: string;
  /** Where it is run and what to watch for. */
  note: string;
  /** For a shell (`$ …`) or Kibana's console (`PUT …`), as it stands. */
  command: string;
}

export interface ConnectPlan {
  key_id: string;
  alias: string;
  mode: ConnectMode;
  steps: ConnectStep[];
}

/** Stands where the secret goes, when it is not known any more. */
const SECRET_PLACEHOLDER = '<encoded>';
export const ADDRESS_PLACEHOLDER = '<host>:9443';

/**
 * What to do on the other cluster so that it reaches this one with the key. Alias and address must have been checked:
 * they go into a shell command.
 */
export function connectPlan(
  keyId: string,
  { alias, mode, address }: ConnectOptions,
  encoded = SECRET_PLACEHOLDER,
  certificateIdentity?: string,
): ConnectPlan {
  const steps = [keystoreStep(alias, encoded), RELOAD_STEP, settingsStep(alias, mode, address)];
  if (certificateIdentity !== undefined) steps.push(signingStep(alias, certificateIdentity));
  return { key_id: keyId, alias, mode, steps: [...steps, proofStep(alias)] };
}

function keystoreStep(alias: string, encoded: string): ConnectStep {
  return {
    title: 'Put the key into the keystore',
    note:
      'On every node of the other cluster, as the user that runs Elasticsearch. The value is "encoded" of the ' +
      'answer that created the key; there is no way to read it again.',
    command:
      `$ printf %s '${encoded}' | ` +
      `bin/elasticsearch-keystore add --stdin --force cluster.remote.${alias}.credentials`,
  };
}

const RELOAD_STEP: ConnectStep = {
  title: 'Let the nodes read the keystore',
  note:
    'On the other cluster; no restart. The answer is HTTP 200 even when it failed: look for reload_exception ' +
    'under each node.',
  command: 'POST /_nodes/reload_secure_settings',
};

function settingsStep(alias: string, mode: ConnectMode, address: string): ConnectStep {
  const where = mode === 'proxy' ? { mode: 'proxy', proxy_address: address } : { mode: 'sniff', seeds: [address] };
  // With skip_unavailable a dead key shows as HTTP 200 without hits.
  const settings = { persistent: { cluster: { remote: { [alias]: { ...where, skip_unavailable: false } } } } };
  const reachable = '; every node of this cluster must be reachable by its published address';
  return {
    title: 'Name this cluster as a remote cluster',
    note:
      'On the other cluster. The address is that of the remote cluster server of this cluster ' +
      `(port 9443 unless set otherwise)${mode === 'sniff' ? reachable : ''}.`,
    command: `PUT /_cluster/settings\n${JSON.stringify(settings, null, 2)}`,
  };
}

function signingStep(alias: string, identity: string): ConnectStep {
  const remote = `cluster.remote.${alias}.signing`;
  const settings = { persistent: { [`${remote}.certificate`]: 'signing.crt', [`${remote}.key`]: 'signing.key' } };
  return {
    title: 'Sign the requests',
    note:
      `The key has the certificate identity ${JSON.stringify(identity)}: the other cluster signs with a ` +
      'certificate whose subject matches it, and this cluster trusts its issuer by ' +
      'cluster.remote.signing.certificate_authorities. Files are relative to the config folder.',
    command: `PUT /_cluster/settings\n${JSON.stringify(settings, null, 2)}`,
  };
}

function proofStep(alias: string): ConnectStep {
  return {
    title: 'Prove it by a search',
    note:
      'On the other cluster, for an index that the key allows. "connected": true in _remote/info proves nothing: ' +
      'it stays true while sockets to a refusing cluster are open.',
    command: `GET /${alias}:*/_search?size=0`,
  };
}
