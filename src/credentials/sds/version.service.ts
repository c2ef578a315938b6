import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Profile } from '../../config/profiles/profile.js';
import { Settings } from '../../config/settings.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { dueMs, type LiveKey } from '../keys/live-key.js';

/** What a genuine version says. Times are epoch milliseconds, by Elasticsearch's clock. */
export interface Version {
  keyId: string;
  expiresMs: number;
  lifeMs: number;
  /** Holder and profile that it was given out for. */
  binding: string;
}

const PREFIX = 'k1';
const FORM =
  /^k1\.([A-Za-z0-9_-]{1,64})\.([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22})$/;
const SIGNATURE_BYTES = 16;

/**
 * `version_info` of a secret: names the key and its times without holding anything of it, signed so that it can be
 * believed when Envoy sends it back. All replicas have the signing key, since it is derived from the secret of the
 * service identity; so a poll is judged without asking Elasticsearch, also by a replica that never saw the key.
 */
@Injectable()
export class Versions implements OnApplicationBootstrap {
  private signingKey?: Promise<KeyObject>;

  constructor(
    private readonly gateway: ServiceGateway,
    private readonly settings: Settings,
  ) {}

  /** Deriving the key takes a moment, which the first poll should not have to wait for. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.profilesFile !== undefined) await this.key();
  }

  async write(key: LiveKey): Promise<string> {
    const text = [PREFIX, key.id, key.firstExpiresMs.toString(36), key.lifeMs.toString(36), key.binding].join('.');
    return `${text}.${sign(await this.key(), text).toString('base64url')}`;
  }

  /** @returns undefined for anything that this service identity has not written. */
  async read(text: string | undefined): Promise<Version | undefined> {
    const match = FORM.exec(text ?? '');
    if (match === null) return undefined;
    const [whole, keyId = '', expires = '', life = '', binding = '', signature = ''] = match;
    const signed = whole.slice(0, whole.length - signature.length - 1);
    if (!timingSafeEqual(sign(await this.key(), signed), Buffer.from(signature, 'base64url'))) return undefined;
    return { keyId, expiresMs: Number.parseInt(expires, 36), lifeMs: Number.parseInt(life, 36), binding };
  }

  private key(): Promise<KeyObject> {
    this.signingKey ??= this.gateway.deriveKey('sds version');
    return this.signingKey;
  }
}

/** When the key of a version is to be replaced. */
export function versionDueMs({ keyId, expiresMs, lifeMs }: Version, profile: Profile): number {
  return dueMs({ id: keyId, expiresMs, lifeMs }, profile);
}

function sign(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest().subarray(0, SIGNATURE_BYTES);
}
