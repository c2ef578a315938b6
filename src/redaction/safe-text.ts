const MAX_LENGTH = 500;

/** Text from outside made fit for answers and logs: control characters (C0, C1, line separators, bidi marks) gone, length capped. */
export function safeText(text: string, maxLength = MAX_LENGTH): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
