import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { INestApplication } from '@nestjs/common';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { createDocument } from './document.js';

/** What of Swagger UI's package is served. */
const ASSETS = ['/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png'];

// No script or style stands in the page itself, so that the content security policy allows none.
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Latchkey</title>
<link rel="icon" type="image/png" href="./docs/ui/favicon-32x32.png">
<link rel="stylesheet" href="./docs/ui/swagger-ui.css">
<link rel="stylesheet" href="./docs/page.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="./docs/ui/swagger-ui-bundle.js"></script>
<script src="./docs/start.js"></script>
</body>
</html>
`;

/** Credentials that are typed in are kept by no storage of the browser: they are gone with the page. */
const START = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
follow();
dark.addEventListener('change', follow);
SwaggerUIBundle({
  url: './openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const STYLE = `body { margin: 0; background: #fff; }
html.dark-mode body { background: #1c2022; }
`;

/**
 * Serves `/docs` (Swagger UI, from this service alone), `/openapi.json` and `/openapi.yaml`. To be called before the
 * application listens.
 */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    ui: false,
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
  });
  const server = (app.getHttpAdapter() as FastifyAdapter).getInstance<FastifyInstance>();
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  void server.register(fastifyStatic, {
    root,
    prefix: '/docs/ui/',
    index: false,
    cacheControl: false,
    allowedPath: (path) => ASSETS.includes(path),
  });
  server.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  server.get('/docs/', (_request, reply) => reply.redirect('../docs', 308));
  server.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START));
  server.get('/docs/page.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
}
