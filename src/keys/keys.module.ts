import { Module } from '@nestjs/common';
import { Idempotency } from './writing/idempotency.service.js';
import { KeyEnder } from './ending/key-ender.service.js';
import { RevivalWatch } from './ending/revival-watch.service.js';
import { KeyInvalidator } from './ending/key-invalidator.service.js';
import { Settings } from '../config/settings.js';
import { KeyKinds } from './model/key-kind.js';
import { KeyLocks } from './writing/key-locks.js';
import { KeyReader } from './reading/key-reader.service.js';
import { KeyUpdater } from './writing/key-updater.service.js';
import { KeySummaries } from './reading/key-summary.service.js';
import { KeyRoutes } from './routes/key-routes.service.js';

const SHARED = [KeyLocks, KeyReader, KeyEnder, KeyInvalidator, KeySummaries, KeyUpdater, KeyRoutes, Idempotency];

const KINDS = {
  provide: KeyKinds,
  inject: [Settings],
  useFactory: ({ managedKeysPolicy }: Settings) => new KeyKinds(managedKeysPolicy.managers),
};

@Module({ providers: [...SHARED, RevivalWatch, KINDS], exports: [...SHARED, KeyKinds] })
export class KeysModule {}
