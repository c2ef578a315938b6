import { parseArgs } from 'node:util';
import { rollingRestart } from './rolling-restart.ts';

/** npm run rolling-restart -- [--restarts 20] [--requests 50000] [--clients 4] [--drain-ms 5000]: ends with 1 when a request failed. */
const { values } = parseArgs({
  options: {
    restarts: { type: 'string', default: '20' },
    requests: { type: 'string', default: '50000' },
    clients: { type: 'string', default: '4' },
    'drain-ms': { type: 'string', default: '5000' },
  },
});
const report = await rollingRestart({
  restarts: Number(values.restarts),
  requests: Number(values.requests),
  clientsOfEachKind: Number(values.clients),
  drainMs: Number(values['drain-ms']),
});

const failed = Object.values(report.failures).reduce((sum, count) => sum + count, 0);
const { p50, p99, max } = report.milliseconds;
console.log(
  `${report.restarts} restarts in ${report.seconds.toFixed(0)} s, ${report.requests} requests, ${failed} failed`,
);
console.log(
  `answers: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(0)} ms; longest stop ${report.stopMs.max.toFixed(0)} ms`,
);
for (const [kind, count] of Object.entries(report.byKind)) console.log(`  ${count} on ${kind}`);
for (const [what, count] of Object.entries(report.failures)) console.log(`  FAILED ${count}: ${what}`);
const badExits = report.exits.filter((exit) => exit !== 0);
if (badExits.length > 0) console.log(`  replicas that did not end with 0: ${badExits.join(', ')}`);
process.exitCode = failed === 0 && badExits.length === 0 && report.requests >= Number(values.requests) ? 0 : 1;
