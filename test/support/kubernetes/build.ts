import { apiServerBinary, whyNoApiServer } from './binary.ts';

// Builds ahead of the tests, so that none of them waits for it: node test/support/kubernetes/build.ts
const reason = await whyNoApiServer();
console.log(reason ?? (await apiServerBinary()));
