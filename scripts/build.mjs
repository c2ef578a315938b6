// Compiles TypeScript file by file, from src to dist; `npm run typecheck` checks the types.
//
//   node scripts/build.mjs [folder...]     folders that have a src, of the service and the sandbox if none is named
import { transformFile } from '@swc/core';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const SANDBOX = join(root, 'packages/elasticsearch-security-sandbox');
const folders = process.argv.length > 2 ? process.argv.slice(2).map((folder) => resolve(folder)) : [root, SANDBOX];

function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function compile(source, target) {
  const { code, map } = await transformFile(source, {
    configFile: join(root, '.swcrc'),
    sourceMaps: true,
    sourceFileName: relative(dirname(target), source),
  });
  write(target, `${code}//# sourceMappingURL=${basename(target)}.map\n`);
  write(`${target}.map`, map);
  return [target, `${target}.map`];
}

// What has not changed is not touched: a process that starts meanwhile reads whole files.
function write(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function build(folder) {
  const [from, to] = [join(folder, 'src'), join(folder, 'dist')];
  const sources = filesOf(from).filter((path) => path.endsWith('.ts'));
  const targets = sources.map((source) => [source, join(to, source.slice(from.length)).replace(/\.ts$/, '.js')]);
  const written = new Set((await Promise.all(targets.map(([source, target]) => compile(source, target)))).flat());
  for (const path of filesOf(to)) if (!written.has(path)) rmSync(path);
  return sources.length;
}

const started = performance.now();
process.stdout.write('Compiling Latchkey ...');
const counts = await Promise.all(folders.map(build));
const files = counts.reduce((sum, count) => sum + count, 0);
process.stdout.write(` ${files} files in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
