const MAX_LENGTH = 500;
/** C0 and C1 controls, line separators, marks that turn the direction of a text. */
// eslint-disable-next-line no-control-regex -- control characters are what this removes
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Text from outside made fit for answers and logs: characters that nobody sees are gone, the length is capped. */
export function safeText(text: string, maxLength = MAX_LENGTH): string {
  const clean = text.replace(UNSEEN, ' ').trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
