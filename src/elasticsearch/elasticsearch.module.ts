import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import type { ClockObserver } from '../telemetry/clock-observer.js';
import { ApiKeyEndpoints } from './api-key-endpoints.js';
import { CallerGateway } from './caller-gateway.js';
import { serviceCredential } from './credential.js';
import { createElasticsearchClient } from './elasticsearch-client.js';
import { ElasticsearchClock } from './elasticsearch-clock.js';
import { ElasticsearchProbe } from './elasticsearch-probe.js';
import { KeyProbe } from './key-probe.js';
import { ServiceGateway } from './service-gateway.js';
import { StateDocuments } from './state-documents.js';
import type { UpstreamObserver } from '../telemetry/upstream-observer.js';
import { Upstream } from './upstream.js';

@Module({})
export class ElasticsearchModule implements OnApplicationShutdown {
  constructor(private readonly upstream: Upstream) {}

  static forRoot(settings: Settings, observer: UpstreamObserver & ClockObserver): DynamicModule {
    const client = createElasticsearchClient({
      urls: settings.elasticsearchUrls,
      ca: settings.elasticsearchCa,
      tlsVerify: settings.elasticsearchTlsVerify,
      maxConnections: settings.elasticsearchMaxConnections,
    });
    const upstream = new Upstream(client, observer);
    const identity = serviceCredential({
      username: settings.elasticsearchServiceUsername,
      password: settings.elasticsearchServicePassword,
      token: settings.elasticsearchServiceToken,
    });
    const clock = new ElasticsearchClock(observer);
    const timeouts = { privilegesMs: settings.privilegesTimeoutMs, actionMs: settings.elasticsearchTimeoutMs };
    return {
      module: ElasticsearchModule,
      global: true,
      providers: [
        { provide: Upstream, useValue: upstream },
        { provide: ElasticsearchClock, useValue: clock },
        { provide: KeyProbe, useValue: new KeyProbe(upstream, timeouts.privilegesMs) },
        {
          provide: StateDocuments,
          useValue: new StateDocuments(upstream, identity, settings.stateIndex, timeouts.privilegesMs),
        },
        { provide: CallerGateway, useValue: new CallerGateway(upstream, timeouts, clock) },
        {
          provide: ServiceGateway,
          useValue: new ServiceGateway(
            upstream,
            new ApiKeyEndpoints(upstream, timeouts, clock),
            identity,
            timeouts.privilegesMs,
          ),
        },
        { provide: ElasticsearchProbe, useValue: new ElasticsearchProbe(client, settings.privilegesTimeoutMs) },
      ],
      exports: [CallerGateway, ServiceGateway, ElasticsearchProbe, ElasticsearchClock, KeyProbe, StateDocuments],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.upstream.close();
  }
}
