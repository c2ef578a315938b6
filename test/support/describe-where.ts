import { appendFileSync } from 'node:fs';

/**
 * A describe block that runs where nothing is missing. Where something is, it is skipped with the reason in its title
 * and in the list that is printed at the end; with LATCHKEY_REQUIRE_ELASTICSEARCH=1 (CI) it fails instead, unless CI has
 * found out that the machine cannot have it (LATCHKEY_TEST_WITHOUT).
 *
 * @param need what the machine may be unable to have.
 */
export function describeWhere(
  missing: string | undefined,
  name: string,
  block: () => void,
  need?: 'containers' | 'browser',
): void {
  if (missing === undefined) {
    describe(name, block);
  } else if (
    process.env['LATCHKEY_REQUIRE_ELASTICSEARCH'] === '1' &&
    !(need !== undefined && without().includes(need))
  ) {
    describe(name, () => {
      test('has what it needs', () => {
        throw new Error(missing);
      });
    });
  } else {
    const skips = process.env['LATCHKEY_TEST_SKIPS'];
    if (skips) appendFileSync(skips, `${name}: ${missing}\n`);
    describe.skip(`${name} [skipped: ${missing}]`, block);
  }
}

function without(): string[] {
  return (process.env['LATCHKEY_TEST_WITHOUT'] ?? '').split(' ');
}
