import type { Type } from '@nestjs/common';
import type { ApiBodyOptions, ApiHeaderOptions } from '@nestjs/swagger';
import {
  BODY_PROBLEMS,
  IDEMPOTENCY_PROBLEMS,
  ONE_KEY_PROBLEMS,
  UPDATE_PROBLEMS,
} from '../../authorization/api-problems.decorator.js';
import type { OperationDocs } from '../../authorization/operation.decorator.js';
import { InvalidateKeysBody } from '../fields/key.dto.js';
import { InvalidationResponse, KeySummaryResponse } from '../fields/key.responses.dto.js';

/** What a kind of keys adds to the documentation that all kinds share. */
export interface KindDocs {
  description?: string;
  problems?: OperationDocs['problems'];
  body: ApiBodyOptions;
  answer: Type;
}

const ETAG_HEADER = { ETag: { description: 'Entity tag for If-Match.', schema: { type: 'string' } } } as const;

export const NEW_KEY_HEADER = {
  Location: { description: 'Route of the new key.', schema: { type: 'string' } },
} as const;

/** For the kinds whose batch is ids and nothing else. */
const INVALIDATE_BODY = {
  type: InvalidateKeysBody,
  examples: {
    two: { summary: 'Two keys', value: { ids: ['VuaCfGcBCdbkQm-e5aOx', 'WeaCfGcBCdbkQm-e5aOx'] } },
  },
} satisfies ApiBodyOptions;

const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'Entity tag of the state that the change was made for.',
} satisfies ApiHeaderOptions;

/** @param meaning what a second call with the same key does. */
export function idempotencyKey(meaning: string): ApiHeaderOptions {
  return {
    name: 'Idempotency-Key',
    required: false,
    description: `16 to 64 characters${meaning}`,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{16,64}$' },
  };
}

export function createDocs(
  { description = 'The secret is in this answer and nowhere else.', problems = [], body, answer }: KindDocs,
  idempotency = '; as for user keys.',
): OperationDocs {
  return {
    description,
    problems: [...BODY_PROBLEMS, ...IDEMPOTENCY_PROBLEMS, 'caller.is-api-key', ...problems],
    headers: [idempotencyKey(idempotency)],
    body,
    answers: { 201: { type: answer, headers: { ...NEW_KEY_HEADER, ...ETAG_HEADER } } },
  };
}

export function listDocs(answer: Type, description = ''): OperationDocs {
  return { description, answers: { 200: { type: answer } } };
}

export function summaryDocs(): OperationDocs {
  return { answers: { 200: { type: KeySummaryResponse } } };
}

export function getDocs(answer: Type): OperationDocs {
  return { problems: ONE_KEY_PROBLEMS, answers: { 200: { type: answer, headers: ETAG_HEADER } } };
}

export function updateDocs({
  description = 'Only the owner can. Name and type never change.',
  problems = [],
  body,
  answer,
}: KindDocs): OperationDocs {
  return {
    description,
    problems: [...BODY_PROBLEMS, ...ONE_KEY_PROBLEMS, ...UPDATE_PROBLEMS, ...problems],
    headers: [IF_MATCH],
    body,
    answers: { 200: { type: answer, headers: ETAG_HEADER } },
  };
}

export function invalidateDocs(description: string): OperationDocs {
  return { description, problems: [...ONE_KEY_PROBLEMS, 'key.invalidation-unconfirmed'], answers: { 204: {} } };
}

export function invalidateManyDocs(
  body: ApiBodyOptions = INVALIDATE_BODY,
  description = 'Final. Each id has its own outcome.',
): OperationDocs {
  return { description, problems: BODY_PROBLEMS, body, answers: { 200: { type: InvalidationResponse } } };
}
