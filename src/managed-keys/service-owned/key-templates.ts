import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { KeyTemplate } from '../../config/managed-keys-policy.js';
import { Settings } from '../../config/settings.js';
import { ServiceError } from '../../errors/service-error.js';
import type { Caller } from '../../identity/caller.js';

/** What an operator lets callers have made under the service's own name. */
@Injectable()
export class KeyTemplates {
  private readonly templates: readonly KeyTemplate[];

  constructor({ managedKeysPolicy }: Settings) {
    this.templates = managedKeysPolicy.templates;
  }

  /**
   * @param caller as Elasticsearch has just said, never from a cache.
   * @throws ServiceError `template.not-allowed`, alike for unknown templates and those of others.
   */
  require(name: string, caller: Caller): KeyTemplate {
    const template = this.find(name, caller);
    if (template === undefined)
      throw new ServiceError('template.not-allowed', 'There is no such template for this caller.');
    return template;
  }

  /** The template if the caller may use it. An API key never may: its rights are not those of its user. */
  find(name: string, { username, realm, apiKey }: Caller): KeyTemplate | undefined {
    if (apiKey !== undefined) return undefined;
    return this.templates.find(
      (template) =>
        template.name === name && template.allow.some((who) => who.username === username && who.realm === realm.name),
    );
  }
}

/** Tells whether a template still allows what it allowed when a key was made by it. */
export function templateDigest({ role_descriptors, max_lifetime }: KeyTemplate): string {
  return createHash('sha256')
    .update(JSON.stringify([role_descriptors, max_lifetime]))
    .digest('base64url')
    .slice(0, 22);
}
