import { ServiceError } from '../errors/service-error.js';

/** What went wrong with a call under the service's own name: a refusal speaks of the service, not of whoever called it. */
export function ofService(error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  if (error.code === 'auth.invalid')
    return new ServiceError('service-identity.refused', "Elasticsearch refuses the service's own credential.");
  if (error.code !== 'privilege.missing') return error;
  const { required_privileges: anyOf } = error.members;
  const needed = anyOf === undefined ? '' : ` It needs one of ${anyOf.join(', ')}.`;
  return new ServiceError(
    'service-identity.insufficient',
    `The service's own identity may not do that in Elasticsearch.${needed}`,
  );
}
