// Some registries carry only one platform's builds of optional packages; npm then leaves the others out of the lock
// file and its own `npm ci` refuses the result. This adds the missing entries. Run after every `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';

const OS_BY_TOKEN = {
  darwin: 'darwin',
  linux: 'linux',
  win32: 'win32',
  android: 'android',
  freebsd: 'freebsd',
  openharmony: 'openharmony',
  aix: 'aix',
  sunos: 'sunos',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  wasm32: 'wasm',
};
const CPUS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

function platformOf(name) {
  const tokens = name.split('/').pop().split('-');
  const os = tokens.map((token) => OS_BY_TOKEN[token]).find(Boolean);
  const cpu = CPUS.find((candidate) =>
    tokens.some((token) => token === candidate || (candidate === 'arm' && /^arm(v7)?$/.test(token))),
  );
  return os && cpu ? { os, cpu } : undefined;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const packages = lock.packages;
let added = 0;
for (const [path, entry] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = `${path}/node_modules/${name}` in packages || `node_modules/${name}` in packages;
    const platform = platformOf(name);
    if (known || !platform || !/^\d+\.\d+\.\d+/.test(version)) continue;
    packages[`node_modules/${name}`] = {
      version,
      cpu: [platform.cpu],
      dev: entry.dev,
      license: entry.license,
      optional: true,
      os: [platform.os],
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} platform entries added`);
