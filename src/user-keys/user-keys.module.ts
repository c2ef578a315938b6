import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { UserKeysController } from './user-keys.controller.js';
import { UserKeysService } from './user-keys.service.js';

@Module({ imports: [KeysModule], controllers: [UserKeysController], providers: [UserKeysService] })
export class UserKeysModule {}
