import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { ExpiryController } from './expiry/expiry.controller.js';
import { ExpiryRadar } from './expiry/expiry-radar.service.js';
import { GraceNotes } from './rotation/grace-notes.js';
import { KeySampler } from './expiry/key-sampler.js';
import { KeyTemplates } from './service-owned/key-templates.js';
import { KeyWatch } from './key-watch.service.js';
import { ManagedKeyFinder } from './managed-key-finder.js';
import { ManagedKeysController } from './managed-keys.controller.js';
import { ManagedKeysService } from './managed-keys.service.js';
import { RotationController } from './rotation/rotation.controller.js';
import { RotationEnd } from './rotation/rotation-end.service.js';
import { RotationHandsFactory } from './rotation/rotation-hands.js';
import { RotationLookup } from './rotation/rotation-lookup.js';
import { ManagedKeyRotation } from './rotation/rotation.service.js';
import { RotationSweep } from './rotation/rotation-sweep.js';
import { ServiceAuthority } from './service-owned/service-authority.js';
import { ServiceKeys } from './service-owned/service-keys.js';

@Module({
  imports: [KeysModule],
  controllers: [ExpiryController, ManagedKeysController, RotationController],
  providers: [
    ExpiryRadar,
    GraceNotes,
    KeySampler,
    KeyTemplates,
    KeyWatch,
    ManagedKeyFinder,
    ManagedKeyRotation,
    ManagedKeysService,
    RotationEnd,
    RotationHandsFactory,
    RotationLookup,
    RotationSweep,
    ServiceAuthority,
    ServiceKeys,
  ],
})
export class ManagedKeysModule {}
