import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ConfigError } from './config-error.js';
import { readNamedFile, type ReadFile } from './read-file.js';
import type { Settings } from './settings.js';

/** What the servers of the API and the mesh port need, in PEM form. */
export interface TlsMaterial {
  cert: string;
  key: string;
  /** Absent without a mesh port. */
  clientCa?: string;
}

type Paths = Pick<Settings, 'tlsEnabled' | 'tlsCertFile' | 'tlsKeyFile' | 'meshClientCaFile'>;

/**
 * Reads and checks the TLS files.
 *
 * @returns undefined when none is configured.
 * @throws ConfigError that names the setting when one is missing, unreadable, or does not fit the others.
 */
export function readTlsMaterial(
  { tlsEnabled, tlsCertFile, tlsKeyFile, meshClientCaFile }: Paths,
  readFile: ReadFile,
): TlsMaterial | undefined {
  if (!tlsEnabled && tlsCertFile === undefined && tlsKeyFile === undefined && meshClientCaFile === undefined)
    return undefined;
  const read = (name: string, path: string | undefined): string => {
    if (path === undefined)
      throw new ConfigError(
        name,
        'must be set: TLS needs LATCHKEY_TLS_CERT_FILE and LATCHKEY_TLS_KEY_FILE, and the mesh port ' +
          'LATCHKEY_MESH_CLIENT_CA_FILE as well',
      );
    return readNamedFile(name, path, readFile);
  };
  const cert = read('LATCHKEY_TLS_CERT_FILE', tlsCertFile);
  const key = read('LATCHKEY_TLS_KEY_FILE', tlsKeyFile);
  // Certificate and key alone are for the API port, and a mistake where that is not served by TLS.
  const clientCa =
    tlsEnabled && meshClientCaFile === undefined ? undefined : read('LATCHKEY_MESH_CLIENT_CA_FILE', meshClientCaFile);
  refuseBadCertificates('LATCHKEY_TLS_CERT_FILE', cert);
  if (clientCa !== undefined) refuseBadCertificates('LATCHKEY_MESH_CLIENT_CA_FILE', clientCa);
  if (!new X509Certificate(cert).checkPrivateKey(privateKey(key))) {
    throw new ConfigError('LATCHKEY_TLS_KEY_FILE', 'is not the key of the first certificate in LATCHKEY_TLS_CERT_FILE');
  }
  return { cert, key, ...(clientCa !== undefined && { clientCa }) };
}

/** Refuses a file that is not made of certificates. */
export function refuseBadCertificates(name: string, pem: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) {
    throw new ConfigError(name, 'the file must hold certificates in PEM form, and all must be readable');
  }
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).serialNumber !== '';
  } catch {
    return false;
  }
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ConfigError(
      'LATCHKEY_TLS_KEY_FILE',
      'the file must hold a private key in PEM form that is not encrypted',
    );
  }
}
