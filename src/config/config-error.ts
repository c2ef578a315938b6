/** A setting that stops the start. The message is one line, names the setting, and never holds a secret value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(
    /** Name of the setting as the operator wrote it, or would write it. */
    readonly setting: string,
    problem: string,
  ) {
    super(`${setting}: ${problem}`);
  }
}

const SHOWN_LENGTH = 64;

/** A value as an error message may show it: on one line, quoted, cut, with everything unprintable escaped. */
export function shown(value: string): string {
  const cut = value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value;
  // JSON escapes C0; C1, line separators, direction marks and halves of a surrogate pair would still reach a terminal.
  return JSON.stringify(cut).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
