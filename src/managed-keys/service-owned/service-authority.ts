import { Injectable } from '@nestjs/common';
import { serviceMetadataOf } from '../../keys/model/service-metadata.js';
import type { KeyTemplate } from '../../config/managed-keys-policy.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { KeyTemplates, templateDigest } from './key-templates.js';
import { ServiceKeys } from './service-keys.js';

/** Why the service may act for a caller: it is a manager, or a template names it, whose limits then hold. */
export interface Authority {
  template?: KeyTemplate;
}

/**
 * Decides whether the service may act under its own name for a caller. There are two reasons and no other: the caller
 * holds `manage_security`, which could give itself any right anyway, or an operator wrote a template that names it.
 * Rights are never compared: `_has_privileges` does not show document- and field-level limits, so a comparison would
 * take a limited caller for an unlimited one. Elasticsearch is asked anew each time; nothing here is remembered.
 */
@Injectable()
export class ServiceAuthority {
  constructor(
    private readonly callerGateway: CallerGateway,
    private readonly serviceGateway: ServiceGateway,
    private readonly templates: KeyTemplates,
    private readonly keys: ServiceKeys,
  ) {}

  /** @throws ServiceError `service-identity.missing`, `caller.is-api-key`, `privilege.missing`. */
  async requireManager(caller: AuthorizedCaller): Promise<void> {
    this.requireIdentity();
    if (await this.isManager(caller)) return;
    if (caller.caller.apiKey !== undefined)
      throw new ServiceError(
        'caller.is-api-key',
        'The caller is an API key; only a user who holds manage_security can let the service act for it.',
      );
    throw new ServiceError(
      'privilege.missing',
      'The service acts under its own name only for a holder of manage_security, or by a template.',
      {
        requiredPrivileges: ['manage_security'],
        missingPrivileges: ['manage_security'],
      },
    );
  }

  /** @throws ServiceError `service-identity.missing`, `template.not-allowed`. */
  async requireTemplate(caller: AuthorizedCaller, name: string): Promise<KeyTemplate> {
    this.requireIdentity();
    return this.templates.require(name, await this.callerGateway.authenticate(caller.credential));
  }

  /**
   * Why the service may end, or make a successor of, one of its own keys for this caller; undefined when it may not.
   *
   * @throws ServiceError `template.changed` when only a template that has changed since would be a reason.
   */
  async mayActFor(caller: AuthorizedCaller, key: ElasticsearchKey): Promise<Authority | undefined> {
    if (!(await this.keys.owns(key))) return undefined;
    if (await this.isManager(caller)) return {};
    const { template: name, template_digest: digest } = serviceMetadataOf(key.metadata);
    if (name === undefined) return undefined;
    const template = this.templates.find(name, await this.callerGateway.authenticate(caller.credential));
    if (template === undefined) return undefined;
    if (templateDigest(template) !== digest)
      throw new ServiceError('template.changed', `The template ${name} has changed since it made this key.`);
    return { template };
  }

  private async isManager({ credential }: AuthorizedCaller): Promise<boolean> {
    const [privileges, { apiKey }] = await Promise.all([
      this.callerGateway.hasPrivileges(credential),
      this.callerGateway.authenticate(credential),
    ]);
    return apiKey === undefined && privileges.manage_security;
  }

  private requireIdentity(): void {
    if (!this.serviceGateway.available)
      throw new ServiceError(
        'service-identity.missing',
        'This needs an identity of the service itself, and none is configured.',
      );
  }
}
