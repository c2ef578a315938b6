import { type DynamicModule, Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { CredentialObserver } from '../telemetry/credential-observer.js';
import { KeyKeeper } from './keys/key-keeper.service.js';
import { KeyMaker } from './keys/key-maker.service.js';
import { ActingIdentity } from './keys/acting-identity.service.js';
import { KeyPool } from './keys/key-pool.js';
import { MintGate } from './keys/mint-gate.js';
import { RevocationWatch } from './keys/revocation-watch.service.js';
import { Revocations } from './keys/revocations.js';
import { Wakeups } from './keys/wakeups.js';
import { LeaseReader } from './leases/lease-reader.service.js';
import { LeasesController } from './leases/leases.controller.js';
import { LeasesService } from './leases/leases.service.js';
import { LeaseList } from './operators/lease-list.service.js';
import { LeaseRevoker } from './operators/lease-revoker.service.js';
import { OperatorsController } from './operators/operators.controller.js';
import { CredentialsOverview } from './operators/overview.service.js';
import { ProfileFit } from './profiles/profile-fit.js';
import { ProfileStore } from './profiles/profile-store.js';
import { SdsController } from './sds/sds.controller.js';
import { SdsService } from './sds/sds.service.js';
import { Versions } from './sds/version.service.js';

@Module({})
export class CredentialsModule {
  static forRoot(observer: CredentialObserver): DynamicModule {
    return {
      module: CredentialsModule,
      imports: [KeysModule],
      controllers: [LeasesController, OperatorsController, SdsController],
      providers: [
        { provide: CredentialObserver, useValue: observer },
        ProfileStore,
        ProfileFit,
        Wakeups,
        Revocations,
        RevocationWatch,
        MintGate,
        ActingIdentity,
        KeyMaker,
        KeyPool,
        KeyKeeper,
        Versions,
        SdsService,
        LeaseReader,
        LeasesService,
        LeaseList,
        LeaseRevoker,
        CredentialsOverview,
      ],
    };
  }
}
