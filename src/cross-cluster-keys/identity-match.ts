import { RE2JS } from 're2js';
import { invalidField } from '../errors/service-error.js';
import { readSubject, type SubjectReading } from './subject-name.js';

export interface IdentityMatch extends SubjectReading {
  matches: boolean;
  /** What to change, where there is an obvious guess. */
  hint?: string;
}

/**
 * Whether a certificate identity would accept a subject: the whole RFC 2253 name, case-sensitive. RE2 runs it in time
 * linear in the subject, whatever the pattern; of Java's syntax it lacks look-around, back references and possessive
 * quantifiers.
 *
 * @throws ServiceError `request.invalid` when the pattern or the subject cannot be read.
 */
export function matchIdentity(identity: string, subject: string): IdentityMatch {
  const found = readSubject(subject);
  if (found === undefined) {
    throw invalidField(
      '/subject',
      'subject.malformed',
      'must be a distinguished name such as "CN=local,OU=search,O=Org", or as openssl prints it',
    );
  }
  const pattern = compile(identity);
  const matches = identity !== '' && pattern.matches(found.subject);
  const hint = matches ? undefined : hintFor(identity, pattern, found.subject);
  return { matches, ...found, ...(hint !== undefined && { hint }) };
}

function compile(identity: string): RE2JS {
  try {
    return RE2JS.compile(identity);
  } catch {
    throw invalidField(
      '/certificate_identity',
      'certificate_identity.unreadable',
      'is not a valid regular expression, or uses look-around, back references or possessive quantifiers, ' +
        'which only Elasticsearch itself can judge',
    );
  }
}

function hintFor(identity: string, pattern: RE2JS, subject: string): string {
  if (identity === '') return 'An empty identity matches no certificate: the key is locked out.';
  if (pattern.matches(subject.split(',').toReversed().join(',')))
    return 'The pattern has the parts in reverse: Elasticsearch compares with the most specific part (CN) first.';
  if (pattern.matches(subject.replaceAll(',', ', ')))
    return 'The pattern has blanks after the commas: Elasticsearch compares without them.';
  if (RE2JS.compile(identity, RE2JS.CASE_INSENSITIVE).matches(subject))
    return 'The pattern differs in upper and lower case, which count.';
  if (pattern.matcher(subject).find())
    return 'The pattern matches a part only: the whole name must match; put .* around it.';
  return 'The pattern does not match.';
}
