/** The refusal of a number with a plus sign in front. */
export const LEADING_PLUS =
  "Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: " +
  'enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow';

/** Why a number is none, seen from where its valid part ends. */
export interface NumberProblem {
  readonly text: string;
  /** How far behind the valid part the problem shows. */
  readonly skipped: number;
  /** Whether the character there is named in the message. */
  readonly namesCharacter: boolean;
}

/** What is wrong with a number, given its valid part and the two characters behind it. */
export function numberProblem(number: string, behind: string): NumberProblem | undefined {
  if (/^-?0$/.test(number) && /^\d/.test(behind)) {
    return { text: 'Invalid numeric value: Leading zeroes not allowed', skipped: 0, namesCharacter: false };
  }
  if (behind.startsWith('.') && !/[.eE]/.test(number)) {
    return { text: 'Decimal point not followed by a digit', skipped: 1, namesCharacter: true };
  }
  if (/^[eE]/.test(behind) && !/[eE]/.test(number)) {
    return {
      text: 'Exponent indicator not followed by a digit',
      skipped: /^.[+-]/.test(behind) ? 2 : 1,
      namesCharacter: true,
    };
  }
  return undefined;
}
