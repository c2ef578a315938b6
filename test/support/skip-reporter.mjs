import { readFileSync } from 'node:fs';

/**
 * Jest reporter that ends the run: what was skipped and why (the lines of the file that LATCHKEY_TEST_SKIPS names, to
 * which tests and the global setup append), then one line `N passed, N failed, N skipped` on standard output.
 */
export default class SkipReporter {
  onRunComplete(_contexts, results) {
    // Read now, for the global teardown may remove the file; printed last, for Jest's own summary comes after this call.
    const text = skipText(skipLines(process.env.LATCHKEY_TEST_SKIPS)) + countText(results);
    process.once('exit', () => process.stdout.write(text));
  }
}

function countText(results) {
  // A file that cannot even be loaded has no tests to count, and must not look like a success.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
}

function skipText(skips) {
  if (skips.size === 0) return '';
  const lines = [...skips].map(([line, times]) => `  ${line}${times > 1 ? ` (${times} times)` : ''}`);
  return `\nSkipped, ${skips.size} ${skips.size === 1 ? 'reason' : 'reasons'}:\n${lines.join('\n')}\n\n`;
}

/** Each different line with how often it was written, in the order of the first time. */
function skipLines(path) {
  const counts = new Map();
  for (const line of readLines(path)) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

function readLines(path) {
  if (!path) return [];
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (error) {
    // Nobody skipped anything.
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
