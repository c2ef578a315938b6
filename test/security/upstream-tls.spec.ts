import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWhere } from '../support/describe-where.js';
import { startLatchkey, type Answer } from '../support/service.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';

const JANE = `Basic ${Buffer.from('jane:wonderland').toString('base64')}`;

describeWhere(whyNoOpenssl(), 'TLS towards Elasticsearch', () => {
  let folder: string;
  let server: Server;
  let port: number;
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-tls-'));
    for (const ca of ['ca', 'stranger'])
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${ca}.key`,
        '-out',
        `${ca}.pem`,
        '-subj',
        `/CN=${ca}`,
        '-days',
        '2',
      );
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'node.key',
      '-out',
      'node.csr',
      '-subj',
      '/CN=node',
      '-addext',
      'subjectAltName=DNS:localhost',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'node.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'node.pem',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
    );
    server = createServer(
      { cert: readFileSync(file('node.pem')), key: readFileSync(file('node.key')) },
      (request, response) => {
        response.setHeader('x-elastic-product', 'Elasticsearch').setHeader('content-type', 'application/json');
        const cluster = {
          manage_security: true,
          read_security: true,
          manage_api_key: true,
          manage_own_api_key: true,
          monitor: true,
        };
        if (request.url?.includes('_has_privileges')) response.end(JSON.stringify({ cluster }));
        else if (request.url?.includes('_authenticate'))
          response.end(
            JSON.stringify({
              username: 'jane',
              authentication_type: 'realm',
              authentication_realm: { name: 'n', type: 'native' },
            }),
          );
        else response.end(JSON.stringify({ total: 0, count: 0, api_keys: [] }));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function listThrough(host: string, env: Record<string, string>): Promise<Answer> {
    const latchkey = await startLatchkey(`https://${host}:${port}`, env);
    try {
      return await latchkey.call('GET', '/v1/user-keys', { authorization: JANE });
    } finally {
      await latchkey.stop();
    }
  }

  test('a node whose certificate the CA file vouches for is used', async () => {
    expect((await listThrough('localhost', { ELASTICSEARCH_CA_FILE: file('ca.pem') })).status).toBe(200);
  });

  test('a node of another CA gets no credential', async () => {
    expect((await listThrough('localhost', { ELASTICSEARCH_CA_FILE: file('stranger.pem') })).body.code).toBe(
      'upstream.unavailable',
    );
  });

  test('a node with the certificate of another name gets no credential', async () => {
    expect((await listThrough('127.0.0.1', { ELASTICSEARCH_CA_FILE: file('ca.pem') })).body.code).toBe(
      'upstream.unavailable',
    );
  });

  test('without a CA file a private CA is not trusted', async () => {
    expect((await listThrough('localhost', {})).body.code).toBe('upstream.unavailable');
  });

  test('outside production verification can be switched off', async () => {
    expect((await listThrough('localhost', { ELASTICSEARCH_TLS_VERIFY: 'false' })).status).toBe(200);
  });
});
