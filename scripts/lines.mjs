// Holds the width of lines, which a formatter cannot where a text or a comment is long: at most 10 lines over 120 columns
// in 1,000, and none over 160 but those that hold an address or a pattern. Data that was recorded is no source.
import { globSync, readFileSync } from 'node:fs';

const WIDE = 120;
const WIDEST = 160;
const WIDE_PER_THOUSAND = 10;
const UNBREAKABLE = /https?:\/\/|\(\?[:<=!]/;

const lines = globSync(['src/**/*.ts', 'packages/*/{src,test}/**/*.ts'], { exclude: ['**/dist/**', '**/recorded/**'] })
  .sort()
  .flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((text, index) => ({ place: `${path}:${index + 1}`, text, width: [...text].length })),
  );
const wide = lines.filter(({ width }) => width > WIDE);
const tooWide = wide.filter(({ width, text }) => width > WIDEST && !UNBREAKABLE.test(text));
const share = (1000 * wide.length) / lines.length;

console.log(`${lines.length} lines, ${wide.length} over ${WIDE} columns: ${share.toFixed(1)} in 1,000`);
for (const { place, width } of tooWide) console.error(`${place} has ${width} columns, more than ${WIDEST}: break it`);
if (share > WIDE_PER_THOUSAND) {
  for (const { place, width } of wide) console.error(`${place}: ${width}`);
  console.error(`more than ${WIDE_PER_THOUSAND} lines in 1,000 are over ${WIDE} columns: break some`);
}
if (lines.length === 0 || tooWide.length > 0 || share > WIDE_PER_THOUSAND) process.exitCode = 1;
