import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { dump } from 'js-yaml';
import { CredentialObserver } from '../telemetry/credential-observer.js';
import { AppModule } from '../app.module.js';
import { loadSettings } from '../config/load-settings.js';
import { POLICY_SCHEMAS } from '../config/policy-schemas.js';
import { RouteTable } from '../http/route-table.js';
import { createDocument } from './document.js';
import { configurationPage, errorsPage, operationsPage } from './reference-pages.js';

const USAGE = 'usage: emit.js openapi FILE | emit.js docs FOLDER';

/** Nest's preview mode reads the routes without making a provider: no server starts and no Elasticsearch is called. */
function previewApplication(): Promise<INestApplication> {
  const ignore = (): undefined => undefined;
  const silent = {
    observe: ignore,
    clockCompared: ignore,
    defect: ignore,
    licenseRead: ignore,
    licenseForgotten: ignore,
    elasticsearchProbed: ignore,
    auditFailed: ignore,
    keysSampled: ignore,
    rotationStuck: ignore,
    keyWatchFailed: ignore,
    keysRevived: ignore,
  };
  const settings = loadSettings({ ELASTICSEARCH_URL: 'http://localhost:9200' });
  return NestFactory.create(
    AppModule.forRoot(settings, new RouteTable(), silent, { write: () => undefined }, CredentialObserver.prototype),
    new FastifyAdapter(),
    { logger: false, preview: true },
  );
}

const [what, target] = process.argv.slice(2);
if (target === undefined) throw new Error(USAGE);
const document = createDocument(await previewApplication());
if (what === 'openapi') {
  writeFileSync(target, dump(document, { noRefs: true, lineWidth: 140 }));
} else if (what === 'docs') {
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'operations.md'), operationsPage(document));
  writeFileSync(join(target, 'errors.md'), errorsPage());
  writeFileSync(join(target, 'configuration.md'), configurationPage());
  for (const [name, schema] of Object.entries(POLICY_SCHEMAS))
    writeFileSync(join(target, name), `${JSON.stringify(schema, null, 2)}\n`);
} else {
  throw new Error(USAGE);
}
