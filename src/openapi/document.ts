import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { problemExamples } from '../authorization/api-problems.decorator.js';

const DESCRIPTION = [
  'Elasticsearch API keys as a service. Send your own Elasticsearch credential (Basic, Bearer or ApiKey); ' +
    'it is forwarded',
  'as it is, and Elasticsearch authorizes every call. Errors are `application/problem+json` with a stable `code`.',
  '',
  "Limits: body 64 KiB unless set otherwise (1 MiB for Envoy's SDS route), 32 levels, 100 items an array; " +
    '64 headers in 16 KiB. Unknown fields are refused.',
].join('\n');

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; see docs/errors.md.' },
    detail: { type: 'string' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON pointer into the body, or query:, path: or header: and a name.',
          },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
    required_privileges: { type: 'array', items: { type: 'string' } },
    missing_privileges: { type: 'array', items: { type: 'string' } },
    key_id: { type: 'string' },
    new_key_id: { type: 'string' },
    new_key_ids: { type: 'array', items: { type: 'string' } },
    owner: { type: 'object', properties: { username: { type: 'string' }, realm: { type: 'string' } } },
    see: { type: 'string', description: 'Route to use instead, or to look at.' },
    manager: {
      type: 'object',
      properties: { label: { type: 'string' }, owner: { type: 'string' }, consequence: { type: 'string' } },
    },
    present_license: { type: 'object', properties: { type: { type: 'string' }, status: { type: 'string' } } },
    required_license: { type: 'array', items: { type: 'string' } },
    expires_at: { type: 'string', format: 'date-time' },
  },
} as const;

/** The OpenAPI 3.1 document of the application's routes. */
export function createDocument(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Latchkey')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'This service')
    .addTag('User keys', 'Keys of people and of programs that act as them.')
    .addTag(
      'Cross-cluster keys',
      'Keys with which other clusters search or replicate here. Enterprise or trial license.',
    )
    .addTag('Managed keys', 'Keys that software owns: protected, rotated with a time of grace, watched for their end.')
    .addTag(
      'Sidecars',
      'Short-lived keys for workloads that prove who they are, by REST and by Envoy; profiles and leases for ' +
        'operators.',
    )
    .addTag('Session', 'Who the caller is and what it may do.')
    .addSecurity('basic', {
      type: 'http',
      scheme: 'basic',
      description: 'Username and password of an Elasticsearch user.',
    })
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      description: 'An Elasticsearch token, a service account token or a JWT.',
    })
    .addSecurity('apiKey', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: 'Type: `ApiKey <encoded>`',
    })
    .addSecurity('workloadCertificate', {
      type: 'mutualTLS' as 'http',
      description: 'Client certificate with one SPIFFE id, on the mesh port.',
    })
    .addSecurity('workloadToken', {
      type: 'http',
      scheme: 'bearer',
      description: 'JWT-SVID, service-account token or JWT of a configured issuer.',
    })
    .build();
  const document = SwaggerModule.createDocument(app, options);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA as never },
    examples: problemExamples(),
  };
  return document;
}
