import { Injectable } from '@nestjs/common';
import { ElasticsearchProbe } from '../elasticsearch/elasticsearch-probe.js';
import { HealthObserver } from '../telemetry/health-observer.js';

const REMEMBER_MS = 2000;

export interface Readiness {
  ready: boolean;
  checks: { elasticsearch: 'reachable' | 'unreachable'; accepting: boolean };
}

/** Whether this replica should get requests: not while it stops, and not while it cannot reach Elasticsearch. */
@Injectable()
export class HealthService {
  private accepting = true;
  private remembered?: { at: number; reachable: Promise<boolean> };

  constructor(
    private readonly probe: ElasticsearchProbe,
    private readonly observer: HealthObserver,
  ) {}

  stopAccepting(): void {
    this.accepting = false;
  }

  async readiness(): Promise<Readiness> {
    const reachable = await this.elasticsearchReachable();
    return {
      ready: this.accepting && reachable,
      checks: { elasticsearch: reachable ? 'reachable' : 'unreachable', accepting: this.accepting },
    };
  }

  /** Asked at most every two seconds, however often the probes come. */
  private elasticsearchReachable(): Promise<boolean> {
    const now = Date.now();
    if (this.remembered === undefined || now - this.remembered.at > REMEMBER_MS) {
      this.remembered = { at: now, reachable: this.askElasticsearch() };
    }
    return this.remembered.reachable;
  }

  private async askElasticsearch(): Promise<boolean> {
    const reachable = await this.probe.isReachable();
    this.observer.elasticsearchProbed(reachable);
    return reachable;
  }
}
