import { callerCases } from './cases/callers.cases.js';
import { createCases } from './cases/create.cases.js';
import { expirationCases } from './cases/expiration.cases.js';
import { getCases } from './cases/get.cases.js';
import { invalidateCases } from './cases/invalidate.cases.js';
import { listCases } from './cases/list.cases.js';
import { updateCases } from './cases/update.cases.js';
import { neverRevived, type NeverRevivedOptions } from './never-revived.conformance.js';
import { permissionMatrix } from './permission-matrix.conformance.js';
import { World, type ConformanceTarget } from './world.js';

/**
 * What Latchkey promises about user keys, the same for every Elasticsearch: real nodes of each version and the sandbox.
 * Call it inside a describe block whose title names the version.
 */
export function userKeysConformance(target: ConformanceTarget, options: NeverRevivedOptions): void {
  const w = new World(target);
  beforeAll(() => w.open());
  afterAll(() => w.close());

  createCases(w);
  expirationCases(w);
  listCases(w);
  getCases(w);
  updateCases(w);
  invalidateCases(w);
  callerCases(w);
  permissionMatrix(w);
  neverRevived(w, options);
}
