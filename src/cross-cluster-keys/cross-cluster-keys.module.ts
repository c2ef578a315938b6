import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { CrossClusterKeysController } from './cross-cluster-keys.controller.js';
import { CrossClusterKeysService } from './cross-cluster-keys.service.js';
import { KeyRotation } from './key-rotation.service.js';

@Module({ imports: [ApiKeysModule], controllers: [CrossClusterKeysController], providers: [CrossClusterKeysService, KeyRotation] })
export class CrossClusterKeysModule {}
