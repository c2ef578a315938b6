import { Module } from '@nestjs/common';
import { Idempotency } from './idempotency.service.js';
import { KeyInvalidator } from './key-invalidator.service.js';
import { Settings } from '../config/settings.js';
import { KeyKinds } from './key-kind.js';
import { KeyLocks } from './key-locks.js';
import { KeyReader } from './key-reader.service.js';
import { KeyUpdater } from './key-updater.service.js';
import { KeySummaries } from './key-summary.service.js';

const SHARED = [KeyLocks, KeyReader, KeyInvalidator, KeySummaries, KeyUpdater, Idempotency];

const KINDS = { provide: KeyKinds, inject: [Settings], useFactory: ({ managedKeysPolicy }: Settings) => new KeyKinds(managedKeysPolicy.managers) };

@Module({ providers: [...SHARED, KINDS], exports: [...SHARED, KeyKinds] })
export class ApiKeysModule {}
