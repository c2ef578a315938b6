import { readFileSync } from 'node:fs';

/** Ends the process with one line when this Node is older than package.json wants. */
function requireNode(): void {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const [major = 0, minor = 0] = numbersOf(engines.node);
  const [ownMajor = 0, ownMinor = 0] = numbersOf(process.versions.node);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  console.error(
    `latchkey cannot start: it needs Node ${major}.${minor} or later, and this is Node ${process.versions.node}. ` +
      'Start it by npm start, which runs the Node that npm ci has installed.',
  );
  process.exit(1);
}

function numbersOf(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}

requireNode();
