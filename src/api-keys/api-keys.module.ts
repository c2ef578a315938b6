import { Module } from '@nestjs/common';
import { Idempotency } from './idempotency.service.js';
import { KeyInvalidator } from './key-invalidator.service.js';
import { KeyLocks } from './key-locks.js';
import { KeyReader } from './key-reader.service.js';
import { KeyUpdater } from './key-updater.service.js';
import { KeySummaries } from './key-summary.service.js';

const SHARED = [KeyLocks, KeyReader, KeyInvalidator, KeySummaries, KeyUpdater, Idempotency];

@Module({ providers: SHARED, exports: SHARED })
export class ApiKeysModule {}
