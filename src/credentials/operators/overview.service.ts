import { Injectable } from '@nestjs/common';
import type { Profile } from '../../config/profiles/profile.js';
import { Settings } from '../../config/settings.js';
import { ServiceError } from '../../errors/service-error.js';
import type { EnvoyConfigQuery } from '../../envoy-config/envoy-config.dto.js';
import { renderEnvoyConfig } from '../../envoy-config/render.js';
import { gaugesOf, isLagging, KeyPool, shownInstances } from '../keys/key-pool.js';
import { ProfileFit } from '../profiles/profile-fit.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { roleFor, type RoleBody, withOwnNeeds } from '../profiles/role.js';
import type {
  InstanceItem,
  InstanceListResponse,
  ProfileItem,
  ProfileListResponse,
} from './operators.responses.dto.js';

const MAX_LISTED = 1000;

/** What operators see of profiles and of the Envoys that this replica serves. */
@Injectable()
export class CredentialsOverview {
  constructor(
    private readonly store: ProfileStore,
    private readonly fit: ProfileFit,
    private readonly pool: KeyPool,
    private readonly settings: Settings,
  ) {}

  profiles(): ProfileListResponse {
    const now = Date.now();
    const items = this.store.all().map((profile): ProfileItem => {
      const { state, missing, problem } = this.fit.of(profile);
      return {
        name: profile.name,
        closed: profile.closed,
        fit: state,
        missing_privileges: missing,
        problem: problem ?? null,
        ttl_seconds: profile.ttlMs / 1000,
        max_ttl_seconds: profile.maxTtlMs / 1000,
        per: profile.per,
        run_as: profile.runAs ?? null,
        header_value: profile.headerValue,
        here: gaugesOf(
          [...this.pool.all()].filter(({ holder }) => holder.profile === profile.name),
          profile,
          now,
        ),
      };
    });
    return { items, rejected_file: this.store.rejected ?? null };
  }

  /** @throws ServiceError `profile.unknown` */
  instances(name: string): InstanceListResponse {
    const profile = this.require(name);
    const now = Date.now();
    const items = [...this.pool.all()]
      .filter(({ holder }) => holder.profile === name)
      .flatMap((state) =>
        shownInstances(state, profile, now).map((instance): InstanceItem => ({
          node_id: instance.nodeId,
          subject: state.holder.workload.subject,
          key_id: instance.reported ?? null,
          sent_key_id: instance.sent ?? null,
          lagging: isLagging(instance, state),
          polling: instance.open > 0,
          last_seen_at: new Date(instance.lastSeenMs).toISOString(),
        })),
      )
      .sort((a, b) => Number(b.lagging) - Number(a.lagging));
    return { items: items.slice(0, MAX_LISTED), total: items.length };
  }

  /** The role that the service identity needs for all that it does, or that a user needs whom profiles run as. */
  role(runAs: string | undefined): RoleBody {
    const role = roleFor(this.store.all(), runAs);
    return runAs === undefined ? withOwnNeeds(role, this.settings) : role;
  }

  /** @throws ServiceError `profile.unknown`, `request.invalid` when Envoy could not work with it. */
  envoyConfig(name: string, query: EnvoyConfigQuery): string {
    return renderEnvoyConfig(this.require(name), query);
  }

  private require(name: string): Profile {
    const profile = this.store.find(name);
    if (profile === undefined)
      throw new ServiceError('profile.unknown', 'There is no profile of this name in the profiles file.');
    return profile;
  }
}
