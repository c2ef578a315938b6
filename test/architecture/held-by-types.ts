/** What the compiler must refuse: `npm run typecheck` fails when a line that expects an error has none. Never run. */
import { Audited, audited, AuditedSecret, NOTHING_TO_UNDO } from '../../src/audit/audited.js';
import { Operation } from '../../src/authorization/operation.decorator.js';
import { ServiceGrant } from '../../src/elasticsearch/service-grant.js';
import type { ServiceGateway } from '../../src/elasticsearch/service-gateway.js';
import { ServiceError } from '../../src/errors/service-error.js';
import type { AuthorizedCaller } from '../../src/identity/request-context.js';
import { OPERATION_IDS } from '../../src/operations/operations.js';
import { ActingService } from '../../src/managed-keys/service-owned/acting-service.js';
import type { ServiceKeys } from '../../src/managed-keys/service-owned/service-keys.js';

export async function writesAsTheServiceNeedAProof(
  gateway: ServiceGateway,
  keys: ServiceKeys,
  caller: AuthorizedCaller,
): Promise<void> {
  const grant = ServiceGrant.forCaller(caller, 'manager');
  await gateway.createKey(grant, { name: 'a' });
  // @ts-expect-error no proof
  await gateway.createKey({ name: 'a' });
  // @ts-expect-error no proof
  await gateway.updateKey('id', {});
  // @ts-expect-error no proof
  await gateway.invalidateOwnKeys(['id']);
  // @ts-expect-error a caller is no reason to end keys of others as the service
  await gateway.invalidateKeys(grant, ['id']);
  // @ts-expect-error looks like a proof and is none
  await gateway.createKey({ reason: 'manager' }, { name: 'a' });
  // @ts-expect-error made by its own functions only
  new ServiceGrant('manager');
  // @ts-expect-error a caller needs a reason of callers
  ServiceGrant.forCaller(caller, 'credentials');
  // @ts-expect-error the service's own work is not for a caller
  ServiceGrant.forOwnWork('manager');
  // @ts-expect-error no proof
  new ActingService(gateway, undefined, 0);
  // @ts-expect-error finds keys, and changes none
  void keys.create;
}

export function problemsCarryWhatTheirCodeNeeds(code: 'key.managed' | 'internal'): ServiceError[] {
  const owner = { username: 'jane', realm: 'native1' };
  return [
    new ServiceError('key.not-owner', 'with what it needs', { members: { owner } }),
    // @ts-expect-error it needs an owner
    new ServiceError('key.not-owner', 'without members'),
    // @ts-expect-error it needs an owner
    new ServiceError('key.not-owner', 'without its member', { members: {} }),
    // @ts-expect-error an owner has a realm
    new ServiceError('key.not-owner', 'with half of its member', { members: { owner: { username: 'jane' } } }),
    // @ts-expect-error key_id is a member of other codes
    new ServiceError('key.not-owner', 'with too much', { members: { owner, key_id: 'a' } }),
    // @ts-expect-error it has no member
    new ServiceError('key.expired', 'with too much', { members: { owner } }),
    // @ts-expect-error no code has such a member
    new ServiceError('privilege.missing', 'with an unknown one', { members: { requiredPrivileges: [] } }),
    new ServiceError('privilege.missing', 'without what it can do without'),
    new ServiceError('privilege.missing', 'with part of it', { members: { required_privileges: [] } }),
    // @ts-expect-error one of the two needs members
    new ServiceError(code, 'a code that is not known yet'),
    // @ts-expect-error no such code
    new ServiceError('key.lost', 'an unknown code'),
  ];
}

const nothing = (): Promise<void> => Promise.resolve();

export class HandlersSayWhatTheyRecord {
  @Operation('user-keys.create')
  secret(): AuditedSecret<string> {
    const done = { outcome: { keyIds: ['id'] }, undo: NOTHING_TO_UNDO, answer: () => 'a' };
    return new AuditedSecret({ keyIds: [] }, () => Promise.resolve(done));
  }

  // @ts-expect-error an operation with a secret says how it is undone
  @Operation('user-keys.create')
  secretWithoutUndo(): Audited<string> {
    return audited({ keyIds: [] }, () => Promise.resolve('a'));
  }

  // @ts-expect-error an operation with a secret says what it recorded
  @Operation('credentials.issue')
  secretWithoutRecord(): Promise<string> {
    return Promise.resolve('a');
  }

  @Operation('user-keys.update')
  change(): Audited<void> {
    return audited({ keyIds: ['id'] }, nothing);
  }

  // @ts-expect-error an operation with an audit event says what it recorded
  @Operation('user-keys.update')
  changeWithoutRecord(): Promise<void> {
    return nothing();
  }

  // @ts-expect-error an id that is not known yet may be one with a secret
  @Operation(OPERATION_IDS[0] ?? 'session.get')
  unknownOperation(): Promise<string> {
    return Promise.resolve('a');
  }

  // @ts-expect-error no undo
  unfinished = new AuditedSecret({ keyIds: [] }, () => Promise.resolve({ answer: () => 'a' }));

  // @ts-expect-error no ids
  unnamed = audited({}, nothing);
}
