import { Injectable } from '@nestjs/common';
import { isAllowed, operation, OPERATION_IDS } from '../operations/operations.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import { ServiceError } from '../errors/service-error.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import type { SessionResponse } from './session.dto.js';

@Injectable()
export class SessionService {
  constructor(private readonly gateway: CallerGateway) {}

  /** What Elasticsearch says of the caller. What the caller may not read (license, version) is null. */
  async describe({ credential, caller, privileges }: AuthorizedCaller): Promise<SessionResponse> {
    const [license, elasticsearch] = await Promise.all([
      orNull(this.gateway.license(credential)),
      orNull(this.gateway.info(credential)),
    ]);
    return {
      username: caller.username,
      realm: caller.realm,
      authentication_type: caller.authenticationType,
      privileges,
      license: license && {
        type: license.type,
        status: license.status,
        expires_at: license.expiryMs === null ? null : new Date(license.expiryMs).toISOString(),
      },
      operations: OPERATION_IDS.filter((id) => isAllowed(operation(id), privileges)),
      elasticsearch,
    };
  }
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'privilege.missing') return null;
    throw error;
  }
}
