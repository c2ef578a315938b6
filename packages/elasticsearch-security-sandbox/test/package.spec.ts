import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PACKAGE = resolve(import.meta.dirname, '..');
const NAME = 'elasticsearch-security-sandbox';

interface Packed {
  filename: string;
  files: { path: string }[];
}

/** No registry can be reached, and nothing is remembered from one. */
function offline(folder: string): NodeJS.ProcessEnv {
  const npm = {
    npm_config_cache: join(folder, 'cache'),
    npm_config_registry: 'http://127.0.0.1:9',
    npm_config_offline: 'true',
  };
  return { PATH: process.env['PATH'], HOME: folder, ...npm };
}

describe('the package that npm pack makes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-package-'));
  let packed: Packed;

  beforeAll(() => {
    const made = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', folder], {
      cwd: PACKAGE,
      env: offline(folder),
      encoding: 'utf8',
    });
    [packed] = Object.values(JSON.parse(made.slice(made.search(/^[[{]/m))) as object) as [Packed];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('holds the compiled code with its types, README and LICENSE, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    const code = paths.filter((path) => /^dist\/.*\.js$/.test(path));
    expect(code).toEqual(expect.arrayContaining(['dist/index.js', 'dist/cli.js']));
    expect(paths.sort()).toEqual(
      [...code, ...code.map((path) => path.replace(/js$/, 'd.ts')), 'LICENSE', 'README.md', 'package.json'].sort(),
    );
  });

  it('starts by npx in an empty folder, without network, and answers', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const child = spawn('npx', ['--yes', '--package', join(folder, packed.filename), NAME, '--port', '0'], {
      cwd: empty,
      env: offline(folder),
      detached: true,
    });
    try {
      let output = '';
      const url = await new Promise<string>((resolve, reject) => {
        const read = (chunk: Buffer): void => {
          output += chunk.toString();
          const found = /url +(http:\S+)/.exec(output)?.[1];
          if (found !== undefined) resolve(found);
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('exit', (code) => reject(new Error(`npx ended with ${code}: ${output}`)));
      });
      const answer = await fetch(`${url}/_security/_authenticate`, {
        headers: { authorization: `Basic ${Buffer.from('elastic:changeme').toString('base64')}` },
      });
      expect(await answer.json()).toMatchObject({ username: 'elastic', roles: ['superuser'] });
    } finally {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid);
    }
  });
});
