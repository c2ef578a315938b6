import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigModule } from '../../src/config/config.module.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { Settings } from '../../src/config/settings.js';

@Injectable()
class Consumer {
  constructor(readonly settings: Settings) {}
}

@Module({ providers: [Consumer] })
class ConsumerModule {}

test('the settings are injected by their class into modules that do not import them', async () => {
  const settings = loadSettings({ LATCHKEY_PORT: '0' });
  const app = await Test.createTestingModule({
    imports: [ConfigModule.forRoot(settings), ConsumerModule],
  }).compile();

  expect(app.get(Consumer, { strict: false }).settings).toBe(settings);
  await app.close();
});
