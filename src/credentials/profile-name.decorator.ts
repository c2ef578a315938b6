import { applyDecorators } from '@nestjs/common';
import { Matches } from 'class-validator';
import { PROFILE_NAME, PROFILE_NAME_WORDS } from '../config/profiles/profiles-schema.js';

const PATTERN = new RegExp(PROFILE_NAME);

/** A text that can be the name of a profile. */
export function IsProfileName(): PropertyDecorator {
  return applyDecorators(
    Matches(PATTERN, {
      message: `must ${PROFILE_NAME_WORDS}`,
    }),
  );
}
