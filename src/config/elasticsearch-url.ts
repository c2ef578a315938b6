/** Whether a value is an address to connect to: a host, perhaps a path, and nothing that could be a secret. */
export function isElasticsearchUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s@?#\\]+$/.test(value)) return false;
  return URL.canParse(value);
}

/** The same address without slashes at its end. */
export function normalUrl(text: string): string {
  return text.replace(/\/{1,8}$/, '');
}

/** Whether credentials would travel to this address in clear text. */
export function isClearText(url: string): boolean {
  return url.startsWith('http://');
}
