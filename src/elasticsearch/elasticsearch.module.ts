import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { CallerGateway } from './caller-gateway.js';
import { createElasticsearchClient } from './elasticsearch-client.js';
import { ElasticsearchProbe } from './elasticsearch-probe.js';
import { Upstream, type UpstreamObserver } from './upstream.js';

@Module({})
export class ElasticsearchModule implements OnApplicationShutdown {
  constructor(private readonly upstream: Upstream) {}

  static forRoot(settings: Settings, observer: UpstreamObserver): DynamicModule {
    const client = createElasticsearchClient({
      urls: settings.elasticsearchUrls,
      ca: settings.elasticsearchCa,
      tlsVerify: settings.elasticsearchTlsVerify,
      maxConnections: settings.elasticsearchMaxConnections,
    });
    const upstream = new Upstream(client, observer);
    const timeouts = { privilegesMs: settings.privilegesTimeoutMs, actionMs: settings.elasticsearchTimeoutMs };
    return {
      module: ElasticsearchModule,
      global: true,
      providers: [
        { provide: Upstream, useValue: upstream },
        { provide: CallerGateway, useValue: new CallerGateway(upstream, timeouts) },
        { provide: ElasticsearchProbe, useValue: new ElasticsearchProbe(client, settings.privilegesTimeoutMs) },
      ],
      exports: [CallerGateway, ElasticsearchProbe],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.upstream.close();
  }
}
