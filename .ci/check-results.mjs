// Judges the JSON that Jest wrote: says how many tests ran against which real Elasticsearch and Envoy, fails when one of
// them was not tested or anything failed, and ends with the line `N passed, N failed`.
import { readFileSync } from 'node:fs';

const VERSIONS = [
  { name: 'Elasticsearch 9', pattern: /(?<![\d.])9\.\d+\.\d+(?![\d.])/ },
  { name: 'Elasticsearch 8.19', pattern: /(?<![\d.])8\.19\.\d+(?![\d.])/ },
  { name: 'Envoy', pattern: /\bEnvoy 1\.\d+\.\d+(?![\d.])/ },
];

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

const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
console.log(`${results.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 && results.success && complete ? 0 : 1;
