import { randomBytes } from 'node:crypto';
import type { Subject } from '../subject.js';
import { digest } from '../users-and-roles.js';

/** How long an access token lives, in seconds. */
export const ACCESS_TOKEN_SECONDS = 1200;

/** A token pair as it is stored. */
export interface AccessToken {
  readonly subject: Subject;
  readonly expires: number;
  readonly refreshToken: string | undefined;
  isInvalidated: boolean;
  isRefreshed: boolean;
}

/** A token of a service account. */
export interface ServiceToken {
  readonly account: string;
  readonly name: string;
  readonly secretDigest: string;
}

/** The OAuth2 and service tokens of one sandbox. */
export class TokenStore {
  private readonly accessTokens = new Map<string, AccessToken>();
  private readonly serviceTokens = new Map<string, ServiceToken>();

  constructor(private readonly now: () => number) {}

  /** Makes an access token for a caller, with a refresh token if asked. */
  issue(subject: Subject, withRefresh: boolean): { accessToken: string; refreshToken: string | undefined } {
    const accessToken = randomBytes(30).toString('base64');
    const refreshToken = withRefresh ? randomBytes(30).toString('base64') : undefined;
    const expires = this.now() + ACCESS_TOKEN_SECONDS * 1000;
    this.accessTokens.set(accessToken, { subject, expires, refreshToken, isInvalidated: false, isRefreshed: false });
    return { accessToken, refreshToken };
  }

  /** The token behind a bearer value. */
  find(accessToken: string): AccessToken | undefined {
    return this.accessTokens.get(accessToken);
  }

  /** The token pair a refresh token belongs to. */
  findByRefreshToken(refreshToken: string): AccessToken | undefined {
    return [...this.accessTokens.values()].find((token) => token.refreshToken === refreshToken);
  }

  /** The tokens of a user. */
  ofUser(username: string | undefined, realm: string | undefined): AccessToken[] {
    return [...this.accessTokens.values()].filter(
      ({ subject }) =>
        (username ?? subject.username) === subject.username && (realm ?? subject.realm.name) === subject.realm.name,
    );
  }

  /** Whether a token can still be used. */
  isLive(token: AccessToken): boolean {
    return !token.isInvalidated && token.expires > this.now();
  }

  /** Stores a service token and tells its value; undefined when the name is taken. */
  addServiceToken(account: string, name: string): string | undefined {
    const key = `${account}/${name}`;
    if (this.serviceTokens.has(key)) return undefined;
    const secret = randomBytes(16).toString('base64url');
    this.serviceTokens.set(key, { account, name, secretDigest: digest(secret) });
    return Buffer.concat([Buffer.from([0, 1, 0, 1]), Buffer.from(`${key}:${secret}`)]).toString('base64url');
  }

  /** Removes a service token. */
  removeServiceToken(account: string, name: string): boolean {
    return this.serviceTokens.delete(`${account}/${name}`);
  }

  /** A service token by account and name. */
  serviceToken(account: string, name: string): ServiceToken | undefined {
    return this.serviceTokens.get(`${account}/${name}`);
  }

  /** The service tokens of an account. */
  serviceTokensOf(account: string): ServiceToken[] {
    return [...this.serviceTokens.values()].filter((token) => token.account === account);
  }
}
