import { Global, Module } from '@nestjs/common';
import { AccessService } from './access.service.js';
import { AuthorizationGuard } from './authorization.guard.js';

@Global()
@Module({ providers: [AccessService, AuthorizationGuard], exports: [AccessService, AuthorizationGuard] })
export class AuthorizationModule {}
