import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { problemExamples } from '../authorization/api-problems.decorator.js';
import { problemSchema } from './problem-schema.js';

const DESCRIPTION = `Elasticsearch API keys as a service. Send your own Elasticsearch credential (Basic, Bearer or
ApiKey). It is forwarded unchanged, and Elasticsearch authorizes every call. Errors are \`application/problem+json\`
with a stable \`code\`.

Limits: body 64 KiB unless set otherwise (1 MiB for Envoy's SDS route), 32 levels, 100 items per array; 64 headers in
16 KiB. Unknown fields are refused.`;

const TAGS = {
  'User keys': 'Keys of people and of programs that act as them.',
  'Cross-cluster keys':
    'Keys with which other clusters search or replicate here. They need an Enterprise or trial license.',
  'Managed keys':
    'Keys that software depends on: protected, rotated with a grace period, watched for their expiration.',
  Sidecars:
    'Short-lived keys for workloads that prove their identity, by REST and by Envoy. ' +
    'Profiles and leases for operators.',
  Session: 'Who the caller is and what it may do.',
};

const SECURITY_SCHEMES = {
  basic: { type: 'http', scheme: 'basic', description: 'Username and password of an Elasticsearch user.' },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An Elasticsearch token, a service account token or a JWT.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'Type: `ApiKey <encoded>`' },
  workloadCertificate: {
    type: 'mutualTLS',
    description: 'Client certificate with one SPIFFE id, on the mesh port.',
  },
  workloadToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'JWT-SVID, service-account token or JWT of a configured issuer.',
  },
};

/** The OpenAPI 3.1 document of the application's routes. */
export function createDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Latchkey')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'This service');
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES))
    // Nest's types know no mutual TLS, which OpenAPI 3.1 has.
    builder.addSecurity(name, scheme as Parameters<DocumentBuilder['addSecurity']>[1]);
  const document = SwaggerModule.createDocument(app, builder.build());
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema() },
    examples: problemExamples(),
  };
  return document;
}
