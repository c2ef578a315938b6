import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Settings } from '../config/settings.js';
import { readTlsMaterial, type TlsMaterial } from '../config/tls-material.js';
import type { TlsObserver } from '../telemetry/tls-observer.js';
import { PeriodicTask } from '../timing/periodic-task.js';

/**
 * The TLS files of the servers, looked at again and again: by content, so that it does not matter how they are
 * replaced.
 */
export class TlsCertificates {
  private inUse: TlsMaterial;
  private lastProblem = '';
  private readonly users: Array<(present: TlsMaterial, clientCaChanged: boolean) => void> = [];
  private readonly looking: PeriodicTask;

  private constructor(
    private readonly settings: Settings,
    private readonly observer: TlsObserver,
    first: TlsMaterial,
  ) {
    this.inUse = first;
    this.observer.certificatesInForce(expiryOf(first));
    this.looking = new PeriodicTask({
      run: () => this.look(),
      intervalMs: settings.tlsReloadMs,
      onError: (error) => this.refuse(error),
    });
  }

  /** @returns undefined when nothing is served by TLS. @throws ConfigError. */
  static read(settings: Settings, observer: TlsObserver): TlsCertificates | undefined {
    const first = readTlsMaterial(settings, read);
    return first && new TlsCertificates(settings, observer, first);
  }

  get current(): TlsMaterial {
    return this.inUse;
  }

  /** Lets a server know of each change. */
  watch(changed: (present: TlsMaterial, clientCaChanged: boolean) => void): void {
    this.users.push(changed);
    this.looking.start();
  }

  stop(): Promise<void> {
    return this.looking.stop();
  }

  private look(): void {
    const before = this.inUse;
    const present = readTlsMaterial(this.settings, read) ?? before;
    this.lastProblem = '';
    if (present.cert !== before.cert || present.key !== before.key || present.clientCa !== before.clientCa)
      this.replace(present);
    this.observer.certificatesInForce(expiryOf(present));
  }

  private refuse(error: unknown): void {
    const problem = error instanceof Error ? error.message : 'unknown failure';
    if (problem !== this.lastProblem) this.observer.certificatesRefused(problem);
    this.lastProblem = problem;
  }

  private replace(present: TlsMaterial): void {
    for (const changed of this.users) changed(present, present.clientCa !== this.inUse.clientCa);
    this.inUse = present;
    this.observer.certificatesReloaded();
  }
}

function expiryOf({ cert }: TlsMaterial): number {
  return new X509Certificate(cert).validToDate.getTime();
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}
