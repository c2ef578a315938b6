import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../errors/service-error.js';
import { parseExactJson } from '../json/exact-json.js';
import { findJsonLimitViolation, JSON_LIMITS, type JsonLimits, LARGE_JSON_LIMITS } from '../json/json-limits.js';
import { takesLargeBody } from './large-bodies.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const MEDIA_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/** Makes JSON in UTF-8 the only body that is read; every other media type is 415. */
export function acceptOnlyJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      requirePlainJson(request.headers);
      done(
        null,
        parseBody(body as Buffer, takesLargeBody(request.latchkey.operation) ? LARGE_JSON_LIMITS : JSON_LIMITS),
      );
    } catch (error) {
      done(error as Error);
    }
  });
}

function requirePlainJson(headers: Record<string, string | string[] | undefined>): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ServiceError('request.unsupported-media-type', 'Send the body without content encoding.');
  }
  if (!MEDIA_TYPE.test(String(headers['content-type']))) {
    throw new ServiceError(
      'request.unsupported-media-type',
      'Send application/json, without parameters other than charset=utf-8.',
    );
  }
}

/** @returns undefined for an empty body. @throws ServiceError `request.invalid`. */
function parseBody(body: Buffer, limits: JsonLimits): unknown {
  if (body.length === 0) return undefined;
  let value: unknown;
  try {
    value = parseExactJson(UTF8.decode(body));
  } catch {
    // The parser's own message quotes the body.
    throw new ServiceError('request.invalid', 'The body is not valid JSON.', {
      members: {
        errors: [
          {
            pointer: '',
            code: 'json.malformed',
            detail: 'must be one JSON value in UTF-8, without comments, trailing commas or a byte order mark',
          },
        ],
      },
    });
  }
  const violation = findJsonLimitViolation(value, limits);
  if (violation !== undefined) {
    throw new ServiceError('request.invalid', 'The body is deeper or larger than allowed.', {
      members: { errors: [{ ...violation, code: 'json.limit' }] },
    });
  }
  return value;
}
