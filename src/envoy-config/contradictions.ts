import { isIP } from 'node:net';
import { dirname } from 'node:path/posix';
import type { FieldError } from '../errors/service-error.js';
import { secretFileNames, type EnvoyConfigParameters, type IdentitySource } from './parameters.js';

type Name = keyof EnvoyConfigParameters;

const LOOPBACK = /^(127\.|::1$|localhost$)/;
/** Parameters that mean nothing beside another identity: given there, they are a misunderstanding. */
const ONLY_WITH: ReadonlyArray<[name: Name, sources: readonly IdentitySource[]]> = [
  ['certificate_file', ['files']],
  ['key_file', ['files']],
  ['authorities_file', ['files', 'token']],
  ['token_file', ['token']],
  ['agent_socket', ['agent']],
  ['agent_certificate', ['agent']],
  ['agent_authorities', ['agent']],
];

/**
 * What is wrong with parameters that are good one by one. Envoy would start with most of it, and then crash, send a
 * credential in clear text or to itself, trust any server, or answer 401 for ever.
 */
export function contradictions(query: EnvoyConfigParameters): FieldError[] {
  return [...ofHosts(query), ...ofIdentity(query), ...ofTls(query), ...ofPart(query), ...ofPorts(query)];
}

function ofHosts(query: EnvoyConfigParameters): FieldError[] {
  const hosts = (['latchkey_host', 'elasticsearch_host'] as const).filter((name) =>
    isNeitherNameNorAddress(query[name]),
  );
  const names = (['latchkey_name', 'elasticsearch_name'] as const).filter(
    (name) => query[name] !== undefined && looksLikeAddress(query[name]),
  );
  return [
    ...hosts.map((name) => wrong(name, 'must be a DNS name in lower case or an IP address')),
    ...names.map((name) =>
      wrong(name, 'must be a DNS name: certificates are matched by name, and SNI carries no address'),
    ),
  ];
}

function ofIdentity(query: EnvoyConfigParameters): FieldError[] {
  const identity = query.identity ?? 'files';
  const misplaced = ONLY_WITH.filter(([name, sources]) => query[name] !== undefined && !sources.includes(identity));
  const errors = misplaced.map(([name, sources]) => wrong(name, `is only for identity=${sources.join(' or ')}`));
  if (identity === 'agent' && query.part !== 'envoy_filter' && query.agent_socket === undefined) {
    errors.push(wrong('agent_socket', 'is needed with identity=agent'));
  }
  const { certificate_file: certificate, key_file: key } = query;
  // One watched folder makes Envoy read both again; two would let it load a pair that does not fit.
  if (identity === 'files' && (certificate === undefined) !== (key === undefined)) {
    errors.push(
      wrong(certificate === undefined ? 'certificate_file' : 'key_file', 'is needed beside the other of the two'),
    );
  } else if (certificate !== undefined && key !== undefined && dirname(certificate) !== dirname(key)) {
    errors.push(wrong('key_file', 'must be in the folder of certificate_file'));
  }
  return errors;
}

function ofTls(query: EnvoyConfigParameters): FieldError[] {
  const errors: FieldError[] = [];
  if (query.latchkey_tls === false) {
    if (query.identity !== 'token')
      errors.push(wrong('latchkey_tls', 'may be false only with identity=token: a client certificate needs TLS'));
    for (const name of ['latchkey_name', 'latchkey_spiffe_id', 'authorities_file'] as const) {
      if (query[name] !== undefined) errors.push(wrong(name, 'means nothing with latchkey_tls=false'));
    }
  } else if (query.latchkey_name === undefined && looksLikeAddress(query.latchkey_host)) {
    errors.push(wrong('latchkey_name', 'is needed when latchkey_host is an address'));
  }
  if (query.elasticsearch_tls === false) {
    for (const name of ['elasticsearch_name', 'elasticsearch_ca_file'] as const) {
      if (query[name] !== undefined) errors.push(wrong(name, 'means nothing with elasticsearch_tls=false'));
    }
  } else if (query.elasticsearch_name === undefined && looksLikeAddress(query.elasticsearch_host)) {
    errors.push(wrong('elasticsearch_name', 'is needed when elasticsearch_host is an address'));
  }
  return errors;
}

function ofPart(query: EnvoyConfigParameters): FieldError[] {
  const { part = 'bootstrap', identity = 'files' } = query;
  if (part === 'envoy_filter') return ofEnvoyFilter(query, identity);
  const errors: FieldError[] = [];
  for (const name of ['node_id', 'node_cluster'] as const) {
    if (query[name] === undefined) errors.push(wrong(name, 'is needed: Envoy does not start without'));
  }
  if (query.workload_label !== undefined) errors.push(wrong('workload_label', 'is only for part=envoy_filter'));
  const extra = ['certificate', 'authorities', 'token'].find((name) => name === part);
  if (extra !== undefined && !secretFileNames(query).some((name) => name === extra)) {
    errors.push(wrong('part', `is not among the files of identity=${identity}`));
  }
  return errors;
}

/** The sidecar of Istio has its own name, listeners, admin port and agent. */
function ofEnvoyFilter(query: EnvoyConfigParameters, identity: IdentitySource): FieldError[] {
  const unused = [
    'node_id',
    'node_cluster',
    'listener_port',
    'admin_port',
    'config_folder',
    'agent_socket',
    'elasticsearch_tls',
    'elasticsearch_name',
    'elasticsearch_ca_file',
  ] as const;
  const errors = unused
    .filter((name) => query[name] !== undefined)
    .map((name) => wrong(name, "is Istio's to say, not this EnvoyFilter's"));
  if (identity !== 'agent')
    errors.push(
      wrong('identity', 'must be agent with part=envoy_filter: the certificate comes from the agent of Istio'),
    );
  if (query.workload_label === undefined)
    errors.push(wrong('workload_label', 'is needed: without it every pod of the namespace would ask for the key'));
  if (looksLikeAddress(query.elasticsearch_host))
    errors.push(wrong('elasticsearch_host', 'must be the DNS name by which the application calls Elasticsearch'));
  return errors;
}

function ofPorts(query: EnvoyConfigParameters): FieldError[] {
  const { listener_port: listener = 9200, admin_port: admin } = query;
  if (query.part === 'envoy_filter' || listener === 0) return [];
  const errors: FieldError[] = [];
  if (admin === listener) errors.push(wrong('admin_port', 'must differ from listener_port'));
  if (LOOPBACK.test(query.elasticsearch_host) && (query.elasticsearch_port ?? 9200) === listener) {
    errors.push(
      wrong('elasticsearch_port', 'is the port of the listener itself: every request would go round in a circle'),
    );
  }
  if (LOOPBACK.test(query.latchkey_host) && query.latchkey_port === listener) {
    errors.push(wrong('latchkey_port', 'is the port of the listener itself'));
  }
  return errors;
}

/** An address, or what ends like one: no top-level domain is a number (RFC 3696, section 2). */
export function looksLikeAddress(host: string): boolean {
  return isIP(host) !== 0 || /(^|\.)\d+$/.test(host);
}

function isNeitherNameNorAddress(host: string): boolean {
  return (
    isIP(host) === 0 &&
    (host.includes(':') || /(^|\.)\d+$/.test(host) || host.includes('..') || host.startsWith('.') || host.endsWith('.'))
  );
}

function wrong(name: Name, detail: string): FieldError {
  return { pointer: `query:${name}`, code: 'field.invalid', detail };
}
