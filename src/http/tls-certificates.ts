import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Settings } from '../config/settings.js';
import { readTlsMaterial, type TlsMaterial } from '../config/tls-material.js';
import { PeriodicTask } from '../timing/periodic-task.js';

export interface TlsCertificatesLog {
  /** The TLS files are as they are served. Told at the start and at every look since; `expiryMs` is when the server certificate ends. */
  certificatesInForce(expiryMs: number): void;
  /** The TLS files have changed and are in use. */
  certificatesReloaded(): void;
  /** The TLS files have changed and cannot be used; the last good ones stay. `problem` names the setting and no content. */
  certificatesRefused(problem: string): void;
}

/** The TLS files of the servers, looked at again and again: by content, so that it does not matter how they are replaced. */
export class TlsCertificates {
  private inUse: TlsMaterial;
  private lastProblem = '';
  private readonly users: Array<(present: TlsMaterial, clientCaChanged: boolean) => void> = [];
  private readonly looking: PeriodicTask;

  private constructor(
    private readonly settings: Settings,
    private readonly log: TlsCertificatesLog,
    first: TlsMaterial,
  ) {
    this.inUse = first;
    this.log.certificatesInForce(expiryOf(first));
    this.looking = new PeriodicTask({
      run: () => this.look(),
      intervalMs: settings.tlsReloadMs,
      onError: (error) => this.refuse(error),
    });
  }

  /** @returns undefined when nothing is served by TLS. @throws ConfigError. */
  static read(settings: Settings, log: TlsCertificatesLog): TlsCertificates | undefined {
    const first = readTlsMaterial(settings, read);
    return first && new TlsCertificates(settings, log, first);
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
    this.log.certificatesInForce(expiryOf(present));
  }

  private refuse(error: unknown): void {
    const problem = error instanceof Error ? error.message : 'unknown failure';
    if (problem !== this.lastProblem) this.log.certificatesRefused(problem);
    this.lastProblem = problem;
  }

  private replace(present: TlsMaterial): void {
    for (const changed of this.users) changed(present, present.clientCa !== this.inUse.clientCa);
    this.inUse = present;
    this.log.certificatesReloaded();
  }
}

function expiryOf({ cert }: TlsMaterial): number {
  return new X509Certificate(cert).validToDate.getTime();
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}
