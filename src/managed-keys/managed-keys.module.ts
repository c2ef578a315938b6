import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { KeyWatchObserver } from '../api-keys/key-watch-observer.js';
import { ExpiryController } from './expiry.controller.js';
import { ExpiryRadar } from './expiry-radar.service.js';
import { GraceNotes } from './grace-notes.js';
import { KeySampler } from './key-sampler.js';
import { KeyTemplates } from './key-templates.js';
import { KeyWatch } from './key-watch.service.js';
import { ManagedKeyFinder } from './managed-key-finder.js';
import { ManagedKeysController } from './managed-keys.controller.js';
import { ManagedKeysService } from './managed-keys.service.js';
import { RotationController } from './rotation.controller.js';
import { RotationEnd } from './rotation-end.service.js';
import { RotationHandsFactory } from './rotation-hands.js';
import { RotationLookup } from './rotation-lookup.js';
import { ManagedKeyRotation } from './rotation.service.js';
import { RotationSweep } from './rotation-sweep.js';
import { ServiceAuthority } from './service-authority.js';
import { ServiceKeys } from './service-keys.js';

@Module({})
export class ManagedKeysModule {
  static forRoot(observer: KeyWatchObserver): DynamicModule {
    return {
      module: ManagedKeysModule,
      imports: [ApiKeysModule],
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
        { provide: KeyWatchObserver, useValue: observer },
      ],
    };
  }
}
