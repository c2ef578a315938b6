import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why certificates cannot be made here. */
export function whyNoOpenssl(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'openssl is not installed';
  }
}

export interface Issued {
  cert: string;
  key: string;
}

export interface Leaf {
  /** Lines of OpenSSL's `[san]` section, such as `URI.1 = spiffe://…`. */
  san?: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
  ca?: boolean;
  /** Name of the authority; `ca` by default. */
  by?: string;
}

const stamp = (date: Date): string =>
  `${date
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .replace('Z', '')}Z`;
const HOUR_MS = 3_600_000;
/** The life of a certificate that is good whatever a test makes of the clock. */
export const AGES = { notBefore: new Date('2020-01-01'), notAfter: new Date('2040-01-01') };

/** Authorities and certificates in a folder of their own. Everything is done by openssl, so that any name can be put in. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'latchkey-pki-'));
  private count = 0;

  constructor() {
    this.write('index.txt', '');
    this.write('index.txt.attr', 'unique_subject = no\n');
    this.write(
      'ca.cnf',
      '[ca]\ndefault_ca = any\n[any]\ndatabase = index.txt\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256\npolicy = policy\n[policy]\ncommonName = supplied\n',
    );
  }

  /** Of the certificate that was issued last, for `by`. */
  get lastName(): string {
    return `leaf-${this.count}`;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  authority(name = 'ca'): string {
    this.openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
    );
    return this.read(`${name}.pem`);
  }

  issue({
    san = [],
    notBefore = new Date(Date.now() - HOUR_MS),
    notAfter = new Date(Date.now() + HOUR_MS),
    ca = false,
    by = 'ca',
  }: Leaf): Issued {
    this.count += 1;
    const name = this.lastName;
    const extensions = [
      `basicConstraints = CA:${ca ? 'TRUE' : 'FALSE'}`,
      ...(san.length > 0 ? ['subjectAltName = @san', '[san]', ...san] : []),
    ];
    writeFileSync(this.path(`${name}.cnf`), `[ext]\n${extensions.join('\n')}\n`);
    this.openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    // Not `openssl x509`, which cannot say when a certificate begins before OpenSSL 3.4.
    this.openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      'ca.cnf',
      '-cert',
      `${by}.pem`,
      '-keyfile',
      `${by}.key`,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
      '-startdate',
      stamp(notBefore),
      '-enddate',
      stamp(notAfter),
      '-extfile',
      `${name}.cnf`,
      '-extensions',
      'ext',
    );
    return { cert: this.read(`${name}.pem`), key: this.read(`${name}.key`) };
  }

  /** A certificate with one URI. */
  workload(uri: string, leaf: Omit<Leaf, 'san'> = {}): Issued {
    return this.issue({ ...leaf, san: [`URI.1 = ${uri}`] });
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
