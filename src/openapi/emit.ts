import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { dump } from 'js-yaml';
import { AppModule } from '../app.module.js';
import { loadSettings } from '../config/load-settings.js';
import { RouteTable } from '../http/route-table.js';
import { createDocument } from './document.js';

/** Writes the OpenAPI document to the file named on the command line; starts no server and calls no Elasticsearch. */
async function emit(file: string): Promise<void> {
  const silent = { observe: () => undefined, defect: () => undefined };
  const settings = loadSettings({ ELASTICSEARCH_URL: 'http://localhost:9200' });
  const app = await NestFactory.create(AppModule.forRoot(settings, new RouteTable(), silent), new FastifyAdapter(), { logger: false, preview: true });
  writeFileSync(file, dump(createDocument(app), { noRefs: true, lineWidth: 140 }));
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: emit.js FILE');
await emit(file);
