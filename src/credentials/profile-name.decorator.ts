import { applyDecorators } from '@nestjs/common';
import { Matches } from 'class-validator';
import { PROFILE_NAME } from '../config/profiles/profiles-schema.js';

const PATTERN = new RegExp(PROFILE_NAME);

/** A text that can be the name of a profile. */
export function IsProfileName(): PropertyDecorator {
  return applyDecorators(
    Matches(PATTERN, {
      message: 'must have 1 to 64 characters of a-z, 0-9, ., _ and -, with a letter or digit at both ends',
    }),
  );
}
