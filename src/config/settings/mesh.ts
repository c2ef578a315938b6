import { boolean, file, integer, list } from '../setting.js';

/** A SPIFFE id as far as a pattern can say it; `parseSpiffeId` says the rest. */
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(\/[A-Za-z0-9._-]+)+$/;

/** The mesh port, and what proves who a workload is. */
export const mesh = {
  meshPort: integer({
    name: 'LATCHKEY_MESH_PORT',
    description:
      'Port on which workloads are served by mutual TLS, once LATCHKEY_TLS_CERT_FILE, LATCHKEY_TLS_KEY_FILE and ' +
      'LATCHKEY_MESH_CLIENT_CA_FILE are set. 0 takes any free port.',
    min: 0,
    max: 65535,
    default: 8443,
  }),
  tlsEnabled: boolean({
    name: 'LATCHKEY_TLS_ENABLED',
    description:
      'Serves the API port by TLS (1.2 or later), with LATCHKEY_TLS_CERT_FILE and LATCHKEY_TLS_KEY_FILE. ' +
      'Without it a proxy in front must do that.',
    default: false,
  }),
  tlsCertFile: file({
    name: 'LATCHKEY_TLS_CERT_FILE',
    description:
      'PEM file with the certificate chain of this server, for the mesh port and, with LATCHKEY_TLS_ENABLED, ' +
      'for the API. Read again when it changes.',
  }),
  tlsKeyFile: file({
    name: 'LATCHKEY_TLS_KEY_FILE',
    description: 'PEM file with its private key, not encrypted. Read again when it changes.',
  }),
  meshClientCaFile: file({
    name: 'LATCHKEY_MESH_CLIENT_CA_FILE',
    description:
      'PEM file with the authorities that vouch for the certificates of workloads. Read again when it changes.',
  }),
  meshTrustDomains: list({
    name: 'LATCHKEY_MESH_TRUST_DOMAINS',
    description:
      'SPIFFE trust domains whose certificates are accepted, separated by commas. Every authority of ' +
      'LATCHKEY_MESH_CLIENT_CA_FILE may speak for each of them.',
    pattern: /^[a-z0-9._-]{1,255}$/,
    expects: 'one or more trust domains such as cluster.local, separated by commas',
  }),
  meshXfccTrusted: list({
    name: 'LATCHKEY_MESH_XFCC_TRUSTED',
    description:
      'SPIFFE ids of the proxies that may name a workload in X-Forwarded-Client-Cert, separated by commas. From ' +
      'everybody else the header is ignored.',
    pattern: SPIFFE_ID,
    expects: 'one or more SPIFFE ids such as spiffe://cluster.local/ns/platform/sa/front, separated by commas',
  }),
  meshConnectionMaxAgeMs: integer({
    name: 'LATCHKEY_MESH_CONNECTION_MAX_AGE_MS',
    description:
      'Age at which a mesh connection is closed after its next answer, so that the client shows a renewed ' +
      'certificate. Each connection gets up to a tenth less.',
    unit: 'ms',
    min: 100,
    max: 86_400_000,
    default: 300_000,
  }),
  tlsReloadMs: integer({
    name: 'LATCHKEY_TLS_RELOAD_MS',
    description: 'How often the TLS files are looked at for changes.',
    unit: 'ms',
    min: 50,
    max: 3_600_000,
    default: 10_000,
  }),
  workloadIssuersFile: file({
    name: 'LATCHKEY_WORKLOAD_ISSUERS_FILE',
    description:
      'YAML or JSON file with the issuers whose tokens prove who a workload is; see docs/workload-identity.md. ' +
      'Without it no token is accepted.',
  }),
  allowInsecureIssuers: boolean({
    name: 'LATCHKEY_ALLOW_INSECURE_ISSUERS',
    description: 'Lets the keys of an issuer be fetched over http://, for development. Production refuses it.',
    default: false,
  }),
  rateMeshPerSecond: integer({
    name: 'LATCHKEY_RATE_MESH_PER_SECOND',
    description: 'Polls a second for one workload (all its instances together) at one replica. 0 is unlimited.',
    unit: '1/s',
    min: 0,
    max: 1_000_000,
    default: 500,
  }),
};
