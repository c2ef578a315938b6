/** ES2026 "JSON.parse source text access", in Node 22 and later; not yet in TypeScript's libraries. */
interface JSON {
  rawJSON: (text: string) => { rawJSON: string };
  isRawJSON: (value: unknown) => boolean;
}
