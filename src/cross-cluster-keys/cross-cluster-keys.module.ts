import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { CrossClusterKeysController } from './cross-cluster-keys.controller.js';
import { CrossClusterKeysService } from './cross-cluster-keys.service.js';
import { KeyRotationController } from './key-rotation.controller.js';
import { KeyRotation } from './key-rotation.service.js';

@Module({
  imports: [KeysModule],
  controllers: [CrossClusterKeysController, KeyRotationController],
  providers: [CrossClusterKeysService, KeyRotation],
})
export class CrossClusterKeysModule {}
