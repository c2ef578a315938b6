import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const { ground, rooms } = createRequire(import.meta.url)('../../scripts/rooms.cjs') as {
  ground: string[];
  rooms: Record<string, string[]>;
};

/** The rows of the table "may import" of docs/architecture.md, by folder. */
function documentedRooms(): Record<string, string[]> {
  const rows = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').matchAll(
    /^\| `([a-z-]+)` \|[^|]*\| ([^|]+) \|$/gm,
  );
  return Object.fromEntries(
    [...rows].map(([, room = '', allowed = '']) => [
      room,
      allowed === 'nothing' ? [] : allowed.split(', ').flatMap((name) => (name === 'ground' ? ground : [name])),
    ]),
  );
}

describe('the table of folders', () => {
  it('says in docs/architecture.md what the rules of dependency-cruiser check', () => {
    const sorted = (table: Record<string, string[]>) =>
      Object.fromEntries(Object.entries(table).map(([room, allowed]) => [room, [...allowed].sort()]));
    expect(sorted(documentedRooms())).toEqual(sorted(rooms));
  });

  it('has a row for each folder of src', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(Object.keys(rooms)).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
  });
});
