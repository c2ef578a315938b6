// Judges the JSON that Jest wrote: says how many tests ran against which real Elasticsearch and Envoy, fails when one of
// them was not tested, when specs that need a tool of the machine ran no test though the machine has it, or when anything
// failed, and ends with the line `N passed, N failed`.
import { readFileSync } from 'node:fs';

const VERSIONS = [
  { name: 'Elasticsearch 9', pattern: /(?<![\d.])9\.\d+\.\d+(?![\d.])/ },
  { name: 'Elasticsearch 8.19', pattern: /(?<![\d.])8\.19\.\d+(?![\d.])/ },
  { name: 'Envoy', pattern: /\bEnvoy 1\.\d+\.\d+(?![\d.])/ },
];

/** Specs that skip where something is missing; `tool` is as in LATCHKEY_TEST_WITHOUT, without it they must run. */
const SPECS = [
  { path: 'test/image/', tool: 'containers' },
  { path: 'test/elasticsearch-harness/docker-source', tool: 'containers' },
  { path: 'test/docs-ui/', tool: 'browser' },
  { path: 'test/workload/kubernetes' },
  { path: 'test/client/' },
];
const without = (process.env.LATCHKEY_TEST_WITHOUT ?? '').split(/\s+/);

const results = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const passed = results.testResults
  .flatMap((file) => file.assertionResults)
  .filter((test) => test.status === 'passed')
  .map((test) => test.fullName);

let complete = true;
for (const { name, pattern } of VERSIONS) {
  const count = passed.filter((fullName) => pattern.test(fullName)).length;
  console.log(`${name}: ${count} tests passed that name the version`);
  if (count === 0) {
    complete = false;
    console.error(`No test ran against ${name}: the run is not complete.`);
  }
}

for (const { path, tool } of SPECS) {
  const count = results.testResults
    .filter(({ name }) => name.includes(path))
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status === 'passed').length;
  if (count > 0) continue;
  if (tool !== undefined && without.includes(tool)) {
    console.log(`NOT RUN ON THIS MACHINE: ${path}, for want of ${tool}`);
    continue;
  }
  complete = false;
  console.error(`No test of ${path} ran: the run is not complete.`);
}

const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
console.log(`${results.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 && results.success && complete ? 0 : 1;
