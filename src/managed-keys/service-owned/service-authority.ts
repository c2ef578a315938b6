import { Injectable } from '@nestjs/common';
import { serviceMetadataOf } from '../../keys/model/service-metadata.js';
import type { KeyTemplate } from '../../config/managed-keys-policy.js';
import { KeyEnder } from '../../keys/ending/key-ender.service.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../../elasticsearch/service-grant.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { ActingService } from './acting-service.js';
import { KeyTemplates, templateDigest } from './key-templates.js';
import { ServiceKeys } from './service-keys.js';

interface Reason {
  reason: 'manager' | 'template';
  template?: KeyTemplate;
}

/**
 * Decides whether the service may act under its own name for a caller. There are two reasons and no other: the caller
 * holds `manage_security`, which could give itself any right anyway, or an operator wrote a template that names it.
 * Rights are never compared: `_has_privileges` does not show document- and field-level limits, so a comparison would
 * take a limited caller for an unlimited one. Elasticsearch is asked anew each time; nothing here is remembered. Who is
 * let through gets an `ActingService`, and nothing else in this folder can write as the service.
 */
@Injectable()
export class ServiceAuthority {
  constructor(
    private readonly callerGateway: CallerGateway,
    private readonly serviceGateway: ServiceGateway,
    private readonly templates: KeyTemplates,
    private readonly keys: ServiceKeys,
    private readonly ender: KeyEnder,
  ) {}

  /** @throws ServiceError `service-identity.missing`, `caller.is-api-key`, `privilege.missing`. */
  async asManager(caller: AuthorizedCaller): Promise<ActingService> {
    this.requireIdentity();
    if (await this.isManager(caller)) return this.act(ServiceGrant.forCaller(caller, 'manager'));
    if (caller.caller.apiKey !== undefined)
      throw new ServiceError(
        'caller.is-api-key',
        'The caller is an API key; only a user who holds manage_security can let the service act for it.',
      );
    throw new ServiceError(
      'privilege.missing',
      'The service acts under its own name only for a holder of manage_security, or by a template.',
      { members: { required_privileges: ['manage_security'], missing_privileges: ['manage_security'] } },
    );
  }

  /** @throws ServiceError `service-identity.missing`, `template.not-allowed`. */
  async asTemplate(caller: AuthorizedCaller, name: string): Promise<{ service: ActingService; template: KeyTemplate }> {
    this.requireIdentity();
    const template = this.templates.require(name, await this.callerGateway.authenticate(caller.credential));
    return { service: this.act(ServiceGrant.forCaller(caller, 'template'), template), template };
  }

  /**
   * To end, or make a successor of, one of the service's own keys; undefined when this caller cannot have that.
   *
   * @throws ServiceError `template.changed` when only a template that has changed since would be a reason.
   */
  async forOwnKey(caller: AuthorizedCaller, key: ElasticsearchKey): Promise<ActingService | undefined> {
    const found = await this.reasonFor(caller, key);
    return found && this.act(ServiceGrant.forCaller(caller, found.reason), found.template);
  }

  /** Whether the caller may read a key of the service because it could have it ended. @throws as `forOwnKey`. */
  async maySee(caller: AuthorizedCaller, key: ElasticsearchKey): Promise<boolean> {
    return (await this.reasonFor(caller, key)) !== undefined;
  }

  private async reasonFor(caller: AuthorizedCaller, key: ElasticsearchKey): Promise<Reason | undefined> {
    if (!(await this.keys.owns(key))) return undefined;
    if (await this.isManager(caller)) return { reason: 'manager' };
    const { template: name, template_digest: digest } = serviceMetadataOf(key.metadata);
    if (name === undefined) return undefined;
    const template = this.templates.find(name, await this.callerGateway.authenticate(caller.credential));
    if (template === undefined) return undefined;
    if (templateDigest(template) !== digest)
      throw new ServiceError('template.changed', `The template ${name} has changed since it made this key.`);
    return { reason: 'template', template };
  }

  private async isManager({ credential }: AuthorizedCaller): Promise<boolean> {
    const [privileges, { apiKey }] = await Promise.all([
      this.callerGateway.hasPrivileges(credential),
      this.callerGateway.authenticate(credential),
    ]);
    return apiKey === undefined && privileges.manage_security;
  }

  private act(grant: ServiceGrant<'manager' | 'template'>, template?: KeyTemplate): ActingService {
    return new ActingService(this.serviceGateway, grant, this.ender, template);
  }

  private requireIdentity(): void {
    if (!this.serviceGateway.available)
      throw new ServiceError(
        'service-identity.missing',
        'This needs an identity of the service itself, and none is configured.',
      );
  }
}
