import { Module } from '@nestjs/common';
import { LicenseController } from './license.controller.js';
import { SessionController } from './session.controller.js';
import { SessionService } from './session.service.js';

@Module({ controllers: [SessionController, LicenseController], providers: [SessionService] })
export class SessionModule {}
