import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { MAX_NAME_LENGTH } from './field.decorators.js';

/**
 * Name of a new key: Elasticsearch's rules (org.elasticsearch.xpack.core.security.support.Validation.ApiKey), and no
 * control characters, which Elasticsearch accepts but nobody can see in a list.
 */
export function KeyName(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description: 'Not unique. Never changes.',
      minLength: 1,
      maxLength: MAX_NAME_LENGTH,
      example: 'orders-exporter',
    }),
    IsString({ message: 'must be a text' }),
    Length(1, MAX_NAME_LENGTH, { message: `must have 1 to ${MAX_NAME_LENGTH} characters` }),
    Matches(/^(?!_)/, { message: 'must not begin with _' }),
    Matches(/^(?!\s)[^]*(?<!\s)$/u, { message: 'must not begin or end with a blank' }),
    // eslint-disable-next-line no-control-regex -- control characters are what this refuses
    Matches(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/, {
      message: 'must not contain control characters',
    }),
  );
}
