import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { createDocument } from './document.js';

/** Serves `/docs` (Swagger UI, from this service alone) and `/openapi.json`. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Latchkey',
    swaggerOptions: { validatorUrl: null, persistAuthorization: false, displayRequestDuration: true, deepLinking: true, docExpansion: 'list', tryItOutEnabled: true },
  });
}
