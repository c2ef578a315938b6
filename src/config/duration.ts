/** Length in milliseconds of each unit of an Elasticsearch time value; the only such table. */
export const UNIT_MS = {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
} as const;

export type DurationUnit = keyof typeof UNIT_MS;

const DURATION = new RegExp(`^(\\d{1,15})(${Object.keys(UNIT_MS).join('|')})$`);

/** What a duration such as `30d` says, in milliseconds; undefined for a text that is none. */
export function toMilliseconds(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * UNIT_MS[unit as DurationUnit];
}

/** A pattern of durations in these units, without leading zeros, from one up to `digits` digits. */
export function durationPattern(units: readonly DurationUnit[], digits: number): string {
  return `^[1-9][0-9]{0,${digits - 1}}(${units.join('|')})$`;
}
