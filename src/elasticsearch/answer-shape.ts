import { ServiceError } from '../errors/service-error.js';
import { isRecord, type JsonRecord } from '../json/json-record.js';

/** @throws ServiceError `upstream.invalid` when the answer is not an object. */
export function expectRecord(value: unknown, what: string): JsonRecord {
  if (!isRecord(value)) throw unusable(what);
  return value;
}

export function expectString(record: JsonRecord, name: string, what: string): string {
  const value = record[name];
  if (typeof value !== 'string') throw unusable(`${what}.${name}`);
  return value;
}

export function expectNumber(record: JsonRecord, name: string, what: string): number {
  const value = record[name];
  if (typeof value !== 'number') throw unusable(`${what}.${name}`);
  return value;
}

export function expectBoolean(record: JsonRecord, name: string, what: string): boolean {
  const value = record[name];
  if (typeof value !== 'boolean') throw unusable(`${what}.${name}`);
  return value;
}

export function expectArray(record: JsonRecord, name: string, what: string): unknown[] {
  const value = record[name];
  if (!Array.isArray(value)) throw unusable(`${what}.${name}`);
  return value;
}

export function expectStrings(record: JsonRecord, name: string, what: string): string[] {
  const values = expectArray(record, name, what);
  if (!values.every((value) => typeof value === 'string')) throw unusable(`${what}.${name}`);
  return values;
}

function unusable(what: string): ServiceError {
  return new ServiceError('upstream.invalid', `Elasticsearch answered in an unexpected shape (${what}).`);
}
