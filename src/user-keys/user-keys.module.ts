import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { UserKeysController } from './user-keys.controller.js';
import { UserKeysService } from './user-keys.service.js';

@Module({ imports: [ApiKeysModule], controllers: [UserKeysController], providers: [UserKeysService] })
export class UserKeysModule {}
