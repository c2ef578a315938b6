import { isRecord, type JsonRecord } from '../../json/json-record.js';

/** What the access of a cross-cluster key allows, in words. */
export function summarizeAccess(access: JsonRecord): string {
  const sentences = [
    ...entriesOf(access['search']).map(searchSentence),
    ...entriesOf(access['replication']).map(replicationSentence),
  ];
  return sentences.length === 0 ? 'No access.' : sentences.join(' ');
}

function searchSentence(entry: JsonRecord): string {
  const limits = [
    ...(entry['query'] === undefined ? [] : ['only documents that match the query']),
    ...(isRecord(entry['field_security']) ? [fieldWords(entry['field_security'])] : []),
    ...restrictedWords(entry),
  ];
  return `May search ${names(entry)}${limits.length === 0 ? '' : ` (${limits.join('; ')})`}.`;
}

function replicationSentence(entry: JsonRecord): string {
  const limits = restrictedWords(entry);
  return `May replicate ${names(entry)}${limits.length === 0 ? '' : ` (${limits.join('; ')})`}.`;
}

function fieldWords({ grant, except }: JsonRecord): string {
  const granted = list(grant);
  const excepted = list(except);
  if (Array.isArray(grant) && granted.length === 0) return 'no fields';
  const without = excepted.length === 0 ? '' : `, except ${excepted.join(', ')}`;
  return `only the fields ${granted.length === 0 ? '*' : granted.join(', ')}${without}`;
}

function restrictedWords(entry: JsonRecord): string[] {
  return entry['allow_restricted_indices'] === true ? ['restricted indices included'] : [];
}

function names(entry: JsonRecord): string {
  return list(entry['names']).join(', ') || 'nothing';
}

function list(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function entriesOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
