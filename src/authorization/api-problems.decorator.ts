import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ERROR_CODES, ERROR_REGISTRY, type ErrorCode, errorDefinition, membersOf } from '../errors/error-registry.js';
import { PROBLEM_MEDIA_TYPE } from '../errors/problem.js';

/** What every route that reads a body can answer about it, beside `request.invalid`, which every route can answer. */
export const BODY_PROBLEMS = [
  'request.timeout',
  'request.too-large',
  'request.unsupported-media-type',
] as const satisfies ErrorCode[];

/** What every route that is about one key of a kind can answer. */
export const ONE_KEY_PROBLEMS = ['key.not-found', 'key.managed', 'key.wrong-type'] as const satisfies ErrorCode[];

/** Why a key cannot be changed, whoever asks. */
export const UPDATE_PROBLEMS = [
  'caller.is-api-key',
  'key.not-owner',
  'key.invalidated',
  'key.expired',
  'request.precondition-failed',
] as const satisfies ErrorCode[];

/** What an Idempotency-Key can meet. */
export const IDEMPOTENCY_PROBLEMS = [
  'request.already-done',
  'request.idempotency-mismatch',
] as const satisfies ErrorCode[];

/** What whatever is done with the service's own identity can answer. */
export const SERVICE_PROBLEMS = [
  'service-identity.missing',
  'service-identity.refused',
  'service-identity.insufficient',
] as const satisfies ErrorCode[];

/** Why a workload is not given what a profile holds. */
export const PROFILE_PROBLEMS = ['profile.denied', 'profile.closed', 'profile.unfit'] as const satisfies ErrorCode[];

/** Documents problem+json answers: each status with those of the codes that carry it, in the order of the registry. */
export function ApiProblems(codes: readonly ErrorCode[]): MethodDecorator {
  const known = ERROR_CODES.filter((code) => codes.includes(code));
  const statuses = [...new Set(known.map((code) => ERROR_REGISTRY[code].status))].sort((a, b) => a - b);
  return applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({ status, ...problemResponse(known.filter((code) => ERROR_REGISTRY[code].status === status)) }),
    ),
  );
}

/** An example of each code, as components of the OpenAPI document. */
export function problemExamples(): Record<string, { summary: string; value: object }> {
  return Object.fromEntries(
    ERROR_CODES.map((code) => {
      const { status, title, remedy, example } = errorDefinition(code);
      return [
        code,
        {
          summary: title,
          value: {
            type: `urn:latchkey:problem:${code}`,
            title,
            status,
            code,
            detail: remedy,
            request_id: '0f7c9a52e8b14d0c',
            ...example,
          },
        },
      ];
    }),
  );
}

function problemResponse(codes: readonly ErrorCode[]) {
  return {
    description: codes.map(described).join('. '),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: [...codes] } } }] },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

/** A code, what it means, and the members by which its problem says more. */
function described(code: ErrorCode): string {
  const members = membersOf(code).map((name) => `\`${name}\``);
  const carrying = members.length > 0 ? ` (with ${members.join(', ')})` : '';
  return `\`${code}\`: ${ERROR_REGISTRY[code].title}${carrying}`;
}
