import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VALID_DAYS = '30';

/** A certificate authority of a test; `certificate` is a file of `folder`. */
export interface Authority {
  folder: string;
  certificate: string;
  key: string;
}

/** Makes an authority called `name` in `folder`. */
export async function makeAuthority(folder: string, name: string): Promise<Authority> {
  const [certificate, key] = [`${name}-ca.crt`, `${name}-ca.key`];
  const out = ['-keyout', join(folder, key), '-out', join(folder, certificate)];
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    VALID_DAYS,
    '-subj',
    `/CN=${name}-ca`,
    ...out,
  );
  return { folder, certificate, key };
}

/** Issues a certificate for `subject` (/O=Org/CN=name) and returns the names of its two files in `folder`. */
export async function issueCertificate(
  authority: Authority,
  subject: string,
  folder: string,
): Promise<{ certificate: string; key: string }> {
  const name = `signing-${randomBytes(6).toString('hex')}`; // Elasticsearch does not read a file again under its old name
  const [certificate, key, request] = [`${name}.crt`, `${name}.key`, join(folder, `${name}.csr`)];
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    subject,
    '-keyout',
    join(folder, key),
    '-out',
    request,
  );
  const issuer = [
    '-CA',
    join(authority.folder, authority.certificate),
    '-CAkey',
    join(authority.folder, authority.key),
  ];
  await openssl(
    ...['x509', '-req', '-in', request, '-days', VALID_DAYS, '-out', join(folder, certificate)],
    ...[...issuer, '-set_serial', `0x${randomBytes(8).toString('hex')}`],
  );
  await rm(request);
  return { certificate, key };
}

async function openssl(...args: string[]): Promise<void> {
  await run('openssl', args);
}
