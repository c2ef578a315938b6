import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { LATCHKEY_IMAGE, podman, whyNoImage } from '../support/containers/index.js';
import { describeWhere } from '../support/describe-where.js';

const MEGABYTE = 1_000_000;
const LARGEST_MB = 190;
/** The only programs. A library is loaded by one of them and is not named here. */
const PROGRAMS = ['usr/local/bin/node'];

interface Entry {
  mode: string;
  owner: string;
  path: string;
}

interface ImageConfig {
  Size: number;
  Config: { User: string; Env: string[]; Entrypoint: string[]; StopSignal: string; Labels: Record<string, string> };
}

async function entriesOf(image: string): Promise<Entry[]> {
  const container = await podman('create', image);
  try {
    const { stdout } = await promisify(execFile)(
      'bash',
      [
        '-c',
        `set -o pipefail; ./test/support/containers/containers podman export ${container} | tar --numeric-owner -tvf -`,
      ],
      { maxBuffer: 64 << 20 },
    );
    return stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [mode = '', owner = '', , , , ...rest] = line.split(/\s+/);
        return { mode, owner, path: (rest.join(' ').split(' -> ')[0] ?? '').replace(/\/$/, '') };
      });
  } finally {
    await podman('rm', container);
  }
}

describeWhere(
  await whyNoImage(LATCHKEY_IMAGE, 'build'),
  'the image',
  () => {
    let entries: Entry[];
    let files: string[];
    let image: ImageConfig;

    beforeAll(async () => {
      entries = await entriesOf(LATCHKEY_IMAGE);
      files = entries.filter(({ mode }) => !mode.startsWith('d')).map(({ path }) => path);
      [image] = JSON.parse(await podman('image', 'inspect', LATCHKEY_IMAGE)) as [ImageConfig];
    });

    test('holds the service and what it needs', () => {
      expect(files).toEqual(
        expect.arrayContaining([
          'app/dist/main.js',
          'app/package.json',
          'app/node_modules/fastify/package.json',
          ...PROGRAMS,
        ]),
      );
    });

    test('holds no program but Node: no shell, no npm, no package manager', () => {
      const programs = entries.filter(
        ({ mode, path }) => /^-.*x/.test(mode) && /(^|\/)s?bin\//.test(path) && !path.startsWith('app/'),
      );
      expect(programs.map(({ path }) => path)).toEqual(PROGRAMS);
      expect(
        files.filter((path) =>
          /(^|\/)(npm|npx|yarn|yarnpkg|pnpm|corepack|sh|bash|dash|busybox|apt|apt-get|dpkg|curl|wget)$/.test(path),
        ),
      ).toEqual([]);
    });

    test('holds no package that only development needs', async () => {
      const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
        packages: Record<string, { dev?: boolean }>;
      };
      const development = Object.keys(packages).filter((path) => packages[path]?.dev === true);
      expect(development.length).toBeGreaterThan(100);
      const present = new Set(entries.map(({ path }) => path));
      expect(development.filter((path) => present.has(`app/${path}`))).toEqual([]);
    });

    test('holds nothing of the sandbox', () => {
      expect(files.filter((path) => /sandbox|^app\/packages/i.test(path))).toEqual([]);
    });

    test('holds no TypeScript, no source maps and no tests', () => {
      expect(files.filter((path) => /\.(ts|mts|cts|tsx|map|tsbuildinfo)$|\.spec\.js$/.test(path))).toEqual([]);
    });

    test('holds the license of each package that has one', () => {
      const licenses = files.filter((path) => /^app\/node_modules\/.*\/licen[cs]e/i.test(path));
      expect(licenses.length).toBeGreaterThan(80);
      expect(files).toContain('usr/share/doc/libc6/copyright');
    });

    test('holds no settings of the machine that built it', () => {
      expect(
        files.filter(
          (path) =>
            /(^|\/)(\.npmrc|\.env[^/]*|\.git|\.netrc|\.docker|\.ssh|package-lock\.json)(\/|$)/.test(path) ||
            /^root\/./.test(path),
        ),
      ).toEqual([]);
      expect(image.Config.Env.map((variable) => variable.split('=')[0]).sort()).toEqual(['NODE_ENV', 'PATH']);
    });

    test('gives its user nothing to change, and nobody more rights', () => {
      const files = entries.filter(({ mode }) => !mode.startsWith('l'));
      expect(files.filter(({ owner }) => owner !== '0/0')).toEqual([]);
      expect(files.filter(({ mode, path }) => mode[8] === 'w' && path !== 'tmp')).toEqual([]);
      expect(files.filter(({ mode }) => /s/i.test(mode[3] ?? '') || /s/i.test(mode[6] ?? ''))).toEqual([]);
    });

    test('says by number that it does not run as root, and how it starts and stops', () => {
      expect(image.Config).toMatchObject({
        User: '65532:65532',
        StopSignal: 'SIGTERM',
        Entrypoint: ['/usr/local/bin/node', '/app/dist/main.js'],
      });
      expect(image.Config.Env).toContain('NODE_ENV=production');
    });

    test('says what it is and of which commit', () => {
      expect(image.Config.Labels).toMatchObject({
        'org.opencontainers.image.title': 'Latchkey',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      });
      expect(image.Config.Labels['org.opencontainers.image.revision']).toMatch(/^[0-9a-f]{40}$/);
    });

    test(`is not larger than ${LARGEST_MB} MB`, () => {
      expect(image.Size / MEGABYTE).toBeLessThan(LARGEST_MB);
    });
  },
  'containers',
);
