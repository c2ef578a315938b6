import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ERROR_REGISTRY, type ErrorCode } from '../errors/error-registry.js';
import { PROBLEM_MEDIA_TYPE } from '../errors/problem.js';

/** Documents problem+json answers, each status with the codes that it can carry. */
export function ApiProblems(statuses: readonly number[]): MethodDecorator {
  const unique = [...new Set(statuses)].sort((a, b) => a - b);
  return applyDecorators(...unique.map((status) => ApiResponse({ status, ...problemResponse(status) })));
}

function problemResponse(status: number) {
  const codes = (Object.keys(ERROR_REGISTRY) as ErrorCode[]).filter((code) => ERROR_REGISTRY[code].status === status);
  const [first] = codes;
  if (first === undefined) throw new Error(`no error code has status ${status}`);
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_REGISTRY[code].title}`).join('. '),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        example: {
          type: `urn:latchkey:problem:${first}`,
          title: ERROR_REGISTRY[first].title,
          status,
          code: first,
          detail: ERROR_REGISTRY[first].remedy,
          request_id: '0f7c9a52e8b14d0c',
        },
      },
    },
  };
}
