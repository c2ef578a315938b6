import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { FieldError } from '../errors/service-error.js';
import { Optional } from '../validation/optional.decorator.js';
import { contradictions } from './contradictions.js';
import {
  CONFIG_PARTS,
  IDENTITY_SOURCES,
  type ConfigPart,
  type EnvoyConfigParameters,
  type IdentitySource,
} from './parameters.js';

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const DNS_NAME = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
/** A DNS name in lower case, or an IP address; what is an address is decided by contradictions.ts. */
const HOST = new RegExp(`^(${LABEL}(\\.${LABEL})*|[0-9a-f:.]{2,45})$`);
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]+(\/[A-Za-z0-9._-]+)+$/;
/** No empty, hidden-by-dots or relative steps. */
const PATH = /^(\/(?!\.\.?(\/|$))[A-Za-z0-9._-]+)+$/;
const NODE_NAME = /^[A-Za-z0-9][A-Za-z0-9._:~/-]*$/;
const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/;
const LABEL_SELECTOR = /^[a-z0-9A-Z]([a-z0-9A-Z._/-]*[a-z0-9A-Z])?=[a-z0-9A-Z]([a-z0-9A-Z._-]*[a-z0-9A-Z])?$/;

@ApiSchema({
  description: 'Where the sidecar stands: what it shows to Latchkey, and where Latchkey and Elasticsearch are for it.',
})
export class EnvoyConfigQuery implements EnvoyConfigParameters {
  @ApiProperty({
    description:
      '`bootstrap` is the main file. It names the other files in config_folder: `certificate` and ' +
      '`authorities` (identity=files), `token` and `authorities` (identity=token). `config_map` is a ' +
      'Kubernetes ConfigMap with all of them, `envoy_filter` an Istio EnvoyFilter in their place.',
    required: false,
    enum: CONFIG_PARTS,
    enumName: 'EnvoyConfigPart',
    default: 'bootstrap',
  })
  @Optional()
  @IsIn(CONFIG_PARTS)
  part?: ConfigPart;

  @ApiProperty({
    description:
      'How the sidecar proves who it is: a client certificate from `files` (read again when they are ' +
      'replaced), a client certificate from an `agent` with a Unix socket (SPIRE, Istio), or a JWT from a ' +
      '`token` file.',
    required: false,
    enum: IDENTITY_SOURCES,
    enumName: 'EnvoyIdentitySource',
    default: 'files',
  })
  @Optional()
  @IsIn(IDENTITY_SOURCES)
  identity?: IdentitySource;

  @NodeName(
    'Name of this one Envoy. Two that share it count as one when a rotation waits for all of them; ' +
      '`--service-node "$POD_NAME"` on the command line overrides it.',
    'orders-1',
  )
  node_id?: string;

  @NodeName('Name of the group of Envoys.', 'orders')
  node_cluster?: string;

  @Host(
    'Where Latchkey is, seen from the sidecar: with the chart the Service NAME-mesh.',
    'latchkey-mesh.platform.svc',
    true,
  )
  latchkey_host: string;

  @Port('Default 8443, the mesh port; with identity=token 8080.', 1)
  latchkey_port?: number;

  @DnsName(
    "DNS name that Latchkey's certificate must carry, also sent as SNI. Default: latchkey_host.",
    'latchkey-mesh.platform.svc',
  )
  latchkey_name?: string;

  @Text(
    "SPIFFE id that Latchkey's certificate must carry, in place of the DNS name.",
    SPIFFE_ID,
    'must be spiffe://trust-domain/path in plain characters',
    'spiffe://cluster.local/ns/platform/sa/latchkey',
    2048,
  )
  latchkey_spiffe_id?: string;

  @YesNo(
    'Whether Latchkey is reached by TLS. `false` only with identity=token, and then the token travels in clear text.',
    true,
  )
  latchkey_tls?: boolean;

  @Path(
    'Certificate of the sidecar, PEM, with its chain (identity=files). Default /var/run/identity/tls.crt.',
    '/var/run/identity/tls.crt',
  )
  certificate_file?: string;

  @Path(
    'Its private key, in the same folder (identity=files). Default /var/run/identity/tls.key.',
    '/var/run/identity/tls.key',
  )
  key_file?: string;

  @Path(
    "Authorities that sign Latchkey's certificate, PEM (identity=files or token). Default /var/run/identity/ca.crt.",
    '/var/run/identity/ca.crt',
  )
  authorities_file?: string;

  @Path(
    'JWT of the sidecar (identity=token). Default /var/run/secrets/latchkey/token.',
    '/var/run/secrets/latchkey/token',
  )
  token_file?: string;

  @Path('Unix socket of the SPIRE or Istio agent (identity=agent).', '/run/spire/sockets/agent.sock')
  agent_socket?: string;

  @Text(
    'Name of the certificate at the agent. Default `default`, which SPIRE and Istio know.',
    SECRET_NAME,
    'must be letters, digits and . _ : / -',
    'default',
    2048,
  )
  agent_certificate?: string;

  @Text(
    'Name of the authorities at the agent. Default `ROOTCA`, which SPIRE and Istio know.',
    SECRET_NAME,
    'must be letters, digits and . _ : / -',
    'ROOTCA',
    2048,
  )
  agent_authorities?: string;

  @Host('Where Elasticsearch is, seen from the sidecar.', 'elasticsearch.search.svc', true)
  elasticsearch_host: string;

  @Port('Default 9200.', 1)
  elasticsearch_port?: number;

  @YesNo('Whether Elasticsearch is reached by TLS. With `false` keys travel in clear text.', true)
  elasticsearch_tls?: boolean;

  @DnsName(
    "DNS name that Elasticsearch's certificate must carry, also sent as SNI. Default: elasticsearch_host.",
    'elasticsearch.search.svc',
  )
  elasticsearch_name?: string;

  @Path(
    "Authorities that sign Elasticsearch's certificate, PEM. Default /etc/ssl/certs/ca-certificates.crt.",
    '/etc/ssl/certs/ca-certificates.crt',
  )
  elasticsearch_ca_file?: string;

  @Port(
    'Where the application finds Elasticsearch: this port of 127.0.0.1, and of no other address, because ' +
      'whoever reaches it has the rights of the key. Default 9200; 0 = a free one.',
    0,
  )
  listener_port?: number;

  @Port(
    "Envoy's admin port on 127.0.0.1; 0 = a free one, absent = none. Who reaches it can raise the log level to " +
      'one that prints keys.',
    0,
  )
  admin_port?: number;

  @Path('Folder of the files that the bootstrap names. Default /etc/envoy.', '/etc/envoy')
  config_folder?: string;

  @Seconds('Seconds between two polls; Envoy adds up to as much again.', 1, 60, 1)
  refresh_delay?: number;

  @Seconds('Seconds that a poll may be held. With 1, the default of Envoy, a first key comes too late.', 2, 300, 30)
  request_timeout?: number;

  @Text(
    'Pods that the EnvoyFilter is for, by a label (part=envoy_filter).',
    LABEL_SELECTOR,
    'must be name=value',
    'app=orders',
    200,
  )
  workload_label?: string;

  static rules(query: EnvoyConfigQuery): FieldError[] {
    return contradictions(query);
  }
}

function NodeName(description: string, example: string): PropertyDecorator {
  return Text(
    `${description} Required, except with part=envoy_filter.`,
    NODE_NAME,
    'must be letters, digits and . _ : ~ / -',
    example,
    253,
  );
}

function DnsName(description: string, example: string): PropertyDecorator {
  return Text(description, DNS_NAME, 'must be a DNS name in lower case', example, 253);
}

function Path(description: string, example: string): PropertyDecorator {
  return Text(description, PATH, 'must be an absolute path in plain characters', example, 255);
}

function Host(description: string, example: string, required: boolean): PropertyDecorator {
  return Text(description, HOST, 'must be a DNS name in lower case or an IP address', example, 253, required);
}

function Text(
  description: string,
  pattern: RegExp,
  message: string,
  example: string,
  maxLength: number,
  required = false,
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ description, required, pattern: pattern.source, maxLength, example }),
    ...(required ? [] : [Optional()]),
    Matches(pattern, { message }),
    MaxLength(maxLength),
    IsString({ message: 'must be a text' }),
  );
}

function Port(description: string, minimum: 0 | 1): PropertyDecorator {
  return whole({ description }, minimum, 65_535);
}

function Seconds(description: string, minimum: number, maximum: number, byDefault: number): PropertyDecorator {
  return whole({ description, default: byDefault }, minimum, maximum);
}

function whole(options: ApiPropertyOptions, minimum: number, maximum: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ ...options, required: false, type: 'integer', minimum, maximum }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value,
    ),
    Optional(),
    Min(minimum),
    Max(maximum),
    IsInt({ message: `must be a whole number from ${minimum} to ${maximum}` }),
  );
}

function YesNo(description: string, byDefault: boolean): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ description, required: false, type: Boolean, default: byDefault }),
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    Optional(),
    IsBoolean({ message: 'must be true or false' }),
  );
}
