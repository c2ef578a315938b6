import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { Optional } from '../../validation/optional.decorator.js';

const MAX_TEXT_LENGTH = 256;
const MAX_REASON_LENGTH = 300;

interface TextOptions {
  optional?: boolean;
  maxLength?: number;
}

/** A line of text that people read: 1 to 256 characters, something visible in it. */
export function Text(
  description: string,
  example: string | undefined,
  { optional = false, maxLength = MAX_TEXT_LENGTH }: TextOptions = {},
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description,
      required: !optional,
      minLength: 1,
      maxLength,
      ...(example !== undefined && { example }),
    }),
    ...(optional ? [Optional()] : []),
    Matches(/\S/, { message: 'must not be blank' }),
    Length(1, maxLength, { message: `must have 1 to ${maxLength} characters` }),
    IsString({ message: 'must be a text' }),
  );
}

/** Why something is done; it goes into the audit trail. */
export function Reason({
  optional = false,
  example = true,
}: { optional?: boolean; example?: boolean } = {}): PropertyDecorator {
  return Text('Why; kept in the audit trail.', example ? 'The team has moved to another cluster' : undefined, {
    optional,
    maxLength: MAX_REASON_LENGTH,
  });
}
