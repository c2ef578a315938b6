import type { JsonRecord } from '../../json/json-record.js';
import type { FieldError } from '../../errors/service-error.js';
import { Consent, Expiration, Metadata, RoleDescriptors } from './field.decorators.js';
import { metadataErrors, roleDescriptorErrors } from '../model/key-rules.js';

/** What can be changed in a user key, managed or not; what is absent stays. */
export class KeyChanges {
  @RoleDescriptors(
    'Replaces all role descriptors. {} gives the key all rights of its owner and needs allow_full_privileges.',
  )
  role_descriptors?: JsonRecord;

  @Metadata('Replaces all metadata.', { team: 'orders' })
  metadata?: JsonRecord;

  @Expiration(
    'Elasticsearch time value, counted from now, or RFC 3339 instant. An expiration can be moved, never removed.',
    '90d',
  )
  expiration?: string;

  @Consent('Says that role_descriptors: {} is meant.')
  allow_full_privileges?: boolean;

  static readonly immutable: readonly string[] = ['name', 'type', 'id', 'username', 'realm'];

  static rules(body: KeyChanges): FieldError[] {
    const { role_descriptors: descriptors, metadata, expiration } = body;
    const errors = [...metadataErrors(metadata), ...roleDescriptorErrors(descriptors)];
    if (descriptors === undefined && metadata === undefined && expiration === undefined) {
      errors.push({
        pointer: '',
        code: 'body.empty',
        detail:
          'must name at least one of role_descriptors, metadata, expiration: an empty update would still renew ' +
          "the owner's rights",
      });
    }
    if (descriptors !== undefined && Object.keys(descriptors).length === 0 && body.allow_full_privileges !== true) {
      errors.push({
        pointer: '/role_descriptors',
        code: 'role_descriptors.widest',
        detail: '{} gives the key all rights of its owner; if that is meant, say allow_full_privileges: true',
      });
    }
    return errors;
  }
}

/**
 * The body of the update for Elasticsearch.
 *
 * @param keep makes the metadata to store of those that are given.
 * @param expiration time value.
 */
export function changeRequest(
  { role_descriptors, metadata }: KeyChanges,
  keep: (given: JsonRecord) => JsonRecord,
  expiration?: string,
): JsonRecord {
  return {
    ...(role_descriptors !== undefined && { role_descriptors }),
    ...(metadata !== undefined && { metadata: keep(metadata) }),
    ...(expiration !== undefined && { expiration }),
  };
}
