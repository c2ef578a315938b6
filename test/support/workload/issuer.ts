import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';

export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** The same key, used with another algorithm of its kind. */
export async function asAlgorithm(key: SigningKey, alg: string): Promise<SigningKey> {
  const jwk = await exportJWK(key.privateKey);
  return { ...key, alg, privateKey: (await importJWK({ ...jwk, alg }, alg)) as CryptoKey };
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** A token with just these claims. */
export function sign(
  key: Pick<SigningKey, 'kid' | 'alg' | 'privateKey'>,
  claims: JWTPayload,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey, { crit: { 'x-ours': true } });
}

/** Three parts as they are given; for tokens that no library makes. */
export function forge(header: object, claims: object, signature = ''): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}

export interface IssuerServer {
  url: string;
  /** Requests so far, as "METHOD path". */
  requests: string[];
  close(): Promise<void>;
}

export async function serve(
  listener: RequestListener,
  create: (listener: RequestListener) => Server = createServer,
  scheme = 'http',
): Promise<IssuerServer> {
  const requests: string[] = [];
  const server = create((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
