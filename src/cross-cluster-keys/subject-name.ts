/**
 * Distinguished names of certificates, in the form that Elasticsearch matches a certificate identity against:
 * RFC 2253, most specific part first, no blanks (Java's X500Principal).
 */
export interface SubjectReading {
  /** RFC 2253 form. */
  subject: string;
  /** How the input was read. */
  read_as: 'rfc2253' | 'openssl';
}

const OPENSSL_PREFIX = /^subject\s*=\s*/i;

/**
 * Reads a subject as RFC 2253, or in one of openssl's forms, which begin with the least specific part:
 * `/O=Org/CN=x`, `subject=O = Org, CN = x`, or a list that ends with CN. Undefined when it is none.
 */
export function readSubject(input: string): SubjectReading | undefined {
  const text = input.trim();
  if (text.startsWith('/')) return reading(text.slice(1).split(/(?<!\\)\/(?=[A-Za-z0-9.]+\s*=)/), 'openssl');
  const prefixed = OPENSSL_PREFIX.test(text);
  const parts = splitParts(text.replace(OPENSSL_PREFIX, ''));
  const keys = parts.map((part) => part.split('=')[0]?.trim().toUpperCase() ?? '');
  const leastSpecificFirst = prefixed || (keys.at(-1) === 'CN' && keys[0] !== 'CN');
  return reading(parts, leastSpecificFirst ? 'openssl' : 'rfc2253');
}

function reading(parts: readonly string[], readAs: SubjectReading['read_as']): SubjectReading | undefined {
  const normal = parts.map(normalPart);
  if (normal.some((part) => part === undefined) || normal.length === 0) return undefined;
  return { subject: (readAs === 'openssl' ? normal.toReversed() : normal).join(','), read_as: readAs };
}

function normalPart(part: string): string | undefined {
  const [, key, value] = /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
  return key === undefined || value === undefined ? undefined : `${key.toUpperCase()}=${value}`;
}

/** Splits at commas that are neither escaped nor quoted. */
function splitParts(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === '\\') {
      part += char + (text[index + 1] ?? '');
      index += 1;
    } else if (char === ',' && !quoted) {
      parts.push(part);
      part = '';
    } else {
      if (char === '"') quoted = !quoted;
      part += char;
    }
  }
  return [...parts, part];
}
