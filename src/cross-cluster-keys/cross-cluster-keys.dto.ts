import { ApiProperty, type ApiPropertyOptions, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsObject, IsString, Matches, MaxLength, ValidateIf } from 'class-validator';
import { metadataErrors } from '../keys/model/key-rules.js';
import { Consent, Expiration, KeyId, Metadata, SecretFormats } from '../keys/fields/field.decorators.js';
import { KeyName } from '../keys/fields/name.decorator.js';
import { SECRET_FORMATS, type SecretFormat } from '../keys/model/secret-formats.js';
import type { JsonRecord } from '../json/json-record.js';
import type { FieldError } from '../errors/service-error.js';
import { Optional } from '../validation/optional.decorator.js';
import { accessErrors } from './access-rules.js';
import { CONNECT_MODES, type ConnectMode } from './connect-steps.js';

const MAX_IDENTITY_LENGTH = 1024;
const ALIAS = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const ADDRESS = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):\d{1,5}$/;

const CROSS_CLUSTER_FORMATS = [...SECRET_FORMATS, 'remote-cluster'] as const;

export type CrossClusterFormat = SecretFormat | 'remote-cluster';

const ACCESS = {
  type: 'object',
  properties: {
    search: {
      type: 'array',
      items: { type: 'object', additionalProperties: true },
      description: 'names, and if need be query, field_security, allow_restricted_indices.',
    },
    replication: {
      type: 'array',
      items: { type: 'object', additionalProperties: true },
      description: 'names, and if need be allow_restricted_indices.',
    },
  },
  example: { search: [{ names: ['logs-*'] }] },
} satisfies ApiPropertyOptions;
/** Fields that say how the other cluster will reach this one. */
abstract class ConnectFields {
  @ApiProperty({
    description: 'Name by which the other cluster knows this one.',
    required: false,
    pattern: ALIAS.source,
    default: 'my_remote_cluster',
  })
  @Optional()
  @Matches(ALIAS, { message: 'must have 1 to 63 characters of A-Z, a-z, 0-9, _ and -' })
  alias?: string;

  @ApiProperty({ required: false, enum: CONNECT_MODES, default: 'proxy' })
  @Optional()
  @IsIn(CONNECT_MODES)
  mode?: ConnectMode;

  @ApiProperty({
    description: 'host:port of the remote cluster server of this cluster, such as es.example.org:9443.',
    required: false,
  })
  @Optional()
  @Matches(ADDRESS, { message: 'must be host:port' })
  address?: string;
}

export class ConnectQuery extends ConnectFields {}

abstract class SecretFields extends ConnectFields {
  @SecretFormats({
    formats: CROSS_CLUSTER_FORMATS,
    enumName: 'CrossClusterSecretFormat',
    description: 'Further forms of the secret; remote-cluster = the steps of /connect with the secret in them.',
    example: 'remote-cluster',
  })
  formats?: CrossClusterFormat[];

  @Expiration('Elasticsearch time value (`30d`) or RFC 3339 instant.', '90d')
  expiration?: string;
}

@ApiSchema({ description: 'A new cross-cluster key: what another cluster may search or replicate here.' })
export class CreateCrossClusterKeyBody extends SecretFields {
  @KeyName()
  name: string;

  @ApiProperty(ACCESS)
  @IsObject({ message: 'must be an object with search, replication or both' })
  access: JsonRecord;

  @Metadata('Anything; names at the top must not start with _.', { team: 'search' })
  metadata?: JsonRecord;

  @ApiProperty({
    description:
      "Elasticsearch 9.3+: regular expression that the whole RFC 2253 subject of the other cluster's signing " +
      'certificate must match; case-sensitive. Try it at _match_identity.',
    required: false,
    maxLength: MAX_IDENTITY_LENGTH,
    example: 'CN=local,OU=search,O=Org',
  })
  @Optional()
  @MaxLength(MAX_IDENTITY_LENGTH)
  @IsString()
  certificate_identity?: string;

  @Consent('Says that certificate_identity: "" is meant, which no certificate matches.')
  allow_lockout?: boolean;

  static rules(body: CreateCrossClusterKeyBody): FieldError[] {
    return [...accessErrors(body.access), ...metadataErrors(body.metadata), ...lockoutErrors(body)];
  }
}

@ApiSchema({ description: 'Changes to a cross-cluster key; what is absent stays. Only the owner can.' })
export class UpdateCrossClusterKeyBody {
  @ApiProperty({
    ...ACCESS,
    selfRequired: false,
    description: 'Replaces all access; acts on the next request of the other cluster.',
  })
  @Optional()
  @IsObject({ message: 'must be an object with search, replication or both' })
  access?: JsonRecord;

  @Metadata('Replaces all metadata.', { team: 'search' })
  metadata?: JsonRecord;

  @Expiration('Elasticsearch time value (`30d`) or RFC 3339 instant.', '90d')
  expiration?: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Replaces the certificate identity; null takes it away.',
    required: false,
    maxLength: MAX_IDENTITY_LENGTH,
    example: 'CN=local-.*,OU=search,O=Org',
  })
  @ValidateIf((_body: object, value: unknown) => value !== undefined && value !== null)
  @MaxLength(MAX_IDENTITY_LENGTH)
  @IsString()
  certificate_identity?: string | null;

  @Consent('Says that certificate_identity: "" is meant, which no certificate matches.')
  allow_lockout?: boolean;

  static readonly immutable = ['name', 'type', 'id', 'username', 'realm'] as const;

  static rules(body: UpdateCrossClusterKeyBody): FieldError[] {
    const { access, metadata, expiration, certificate_identity: identity } = body;
    const errors = [...accessErrors(access), ...metadataErrors(metadata), ...lockoutErrors(body)];
    if (access === undefined && metadata === undefined && expiration === undefined && identity === undefined) {
      errors.push({
        pointer: '',
        code: 'body.empty',
        detail: 'must name at least one of access, metadata, expiration, certificate_identity',
      });
    }
    return errors;
  }
}

function lockoutErrors({
  certificate_identity: identity,
  allow_lockout: allowed,
}: {
  certificate_identity?: string | null;
  allow_lockout?: boolean;
}): FieldError[] {
  if (identity !== '' || allowed === true) return [];
  return [
    {
      pointer: '/certificate_identity',
      code: 'certificate_identity.lockout',
      detail:
        '"" matches no certificate and locks the key out; if that is meant, say allow_lockout: true; to take ' +
        'the identity away, update it to null',
    },
  ];
}

export class RotateCrossClusterKeyBody extends SecretFields {
  static readonly optionalBody = true;
}

export class FinalizeRotationBody {
  @KeyId('Id of the new key. May be left out when there is just one that is active.', { optional: true })
  new_key_id?: string;

  static readonly optionalBody = true;
}

export class MatchIdentityBody {
  @ApiProperty({ maxLength: MAX_IDENTITY_LENGTH, example: 'CN=local-.*,OU=search,O=Org' })
  @MaxLength(MAX_IDENTITY_LENGTH)
  @IsString()
  certificate_identity: string;

  @ApiProperty({
    maxLength: 4096,
    description: 'As RFC 2253 has it, or as openssl prints it.',
    example: '/O=Org/OU=search/CN=local-1',
  })
  @MaxLength(4096)
  @IsString()
  subject: string;
}
