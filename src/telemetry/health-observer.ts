/**
 * Is told whether Elasticsearch answered, whenever it was asked for the readiness; the observability folder makes a
 * metric of it.
 */
export abstract class HealthObserver {
  abstract elasticsearchProbed(reachable: boolean): void;
}
