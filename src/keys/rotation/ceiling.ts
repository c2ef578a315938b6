import { isDeepStrictEqual } from 'node:util';
import { isRecord, type JsonRecord } from '../../json/json-record.js';

/** How the owner snapshot of a new key (`limited_by`, which caps it) differs from that of the old one. */
export type CeilingChange = 'same' | 'wider' | 'narrower' | 'different' | 'unknown';

/** Parts of a role descriptor that say nothing of rights. */
const SILENT = new Set(['metadata', 'transient_metadata', 'description']);
/** Parts whose entries are compared one by one; all others must be equal to count as covered. */
const ENTRY_LISTS = new Set(['indices', 'applications', 'remote_indices', 'remote_cluster']);
/** Lists of names within an entry, which cover each other as sets. */
const NAME_LISTS = new Set(['names', 'privileges', 'clusters', 'resources']);

/**
 * Compares two owner snapshots, conservatively: a right counts as covered only when one entry of the other side
 * plainly includes it, so two that differ in wording only may be called different, and never the other way round.
 */
export function compareCeilings(
  old: readonly JsonRecord[] | undefined,
  fresh: readonly JsonRecord[] | undefined,
): CeilingChange {
  if (old === undefined || fresh === undefined) return 'unknown';
  const before = rightsOf(old);
  const after = rightsOf(fresh);
  const keeps = covers(after, before);
  const adds = !covers(before, after);
  if (keeps) return adds ? 'wider' : 'same';
  return adds ? 'different' : 'narrower';
}

interface Right {
  part: string;
  value: unknown;
}

/** All rights of all roles of a snapshot, role names apart: what counts is their union. */
function rightsOf(snapshot: readonly JsonRecord[]): Right[] {
  return snapshot.flatMap((roles) => Object.values(roles).filter(isRecord).flatMap(descriptorRights));
}

function descriptorRights(descriptor: JsonRecord): Right[] {
  return Object.entries(descriptor).flatMap(([part, value]): Right[] => {
    if (SILENT.has(part)) return [];
    if (Array.isArray(value)) return value.map((item: unknown) => ({ part, value: item }));
    return isRecord(value) && Object.keys(value).length === 0 ? [] : [{ part, value }];
  });
}

function covers(one: readonly Right[], other: readonly Right[]): boolean {
  return other.every((right) =>
    one.some((candidate) => candidate.part === right.part && includes(candidate.value, right.value, right.part)),
  );
}

function includes(wide: unknown, narrow: unknown, part: string): boolean {
  if (isDeepStrictEqual(wide, narrow)) return true;
  if (part === 'cluster') return wide === 'all';
  if (part === 'run_as') return wide === '*';
  if (!ENTRY_LISTS.has(part) || !isRecord(wide) || !isRecord(narrow)) return false;
  // An entry without query or field_security is not limited by them.
  return [...new Set([...Object.keys(wide), ...Object.keys(narrow)])].every((name) => {
    if (NAME_LISTS.has(name)) return includesNames(wide[name], narrow[name], name === 'privileges' ? 'all' : '*');
    if (name === 'query' || name === 'field_security')
      return wide[name] === undefined || isDeepStrictEqual(wide[name], narrow[name]);
    if (name === 'allow_restricted_indices') return wide[name] === true || narrow[name] !== true;
    return isDeepStrictEqual(wide[name], narrow[name]);
  });
}

/** @param everything the word that stands for all of them. */
function includesNames(wide: unknown, narrow: unknown, everything: string): boolean {
  if (!Array.isArray(wide) || !Array.isArray(narrow)) return false;
  return wide.includes(everything) || narrow.every((name) => wide.includes(name));
}
