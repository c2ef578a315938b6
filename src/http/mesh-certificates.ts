import { readFileSync } from 'node:fs';
import type { MeshSettings } from '../config/mesh-settings.js';
import { readTlsMaterial, type TlsMaterial } from '../config/tls-material.js';

export interface MeshCertificatesLog {
  /** The TLS files have changed and are in use. */
  certificatesReloaded(): void;
  /** The TLS files have changed and cannot be used; the last good ones stay. `problem` names the setting and no content. */
  certificatesRefused(problem: string): void;
}

/** The TLS files of the mesh port, looked at again and again: by content, so that it does not matter how they are replaced. */
export class MeshCertificates {
  private inUse: TlsMaterial;
  private lastProblem = '';
  private timer?: NodeJS.Timeout;

  private constructor(
    private readonly settings: MeshSettings,
    private readonly log: MeshCertificatesLog,
    first: TlsMaterial,
  ) {
    this.inUse = first;
  }

  /** @returns undefined when the mesh port is not configured. @throws ConfigError. */
  static read(settings: MeshSettings, log: MeshCertificatesLog): MeshCertificates | undefined {
    const first = readTlsMaterial(settings, read);
    return first && new MeshCertificates(settings, log, first);
  }

  get current(): TlsMaterial {
    return this.inUse;
  }

  watch(changed: (present: TlsMaterial, clientCaChanged: boolean) => void): void {
    this.timer = setInterval(() => this.look(changed), this.settings.tlsReloadMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(changed: (present: TlsMaterial, clientCaChanged: boolean) => void): void {
    try {
      const before = this.inUse;
      const present = readTlsMaterial(this.settings, read) ?? before;
      this.lastProblem = '';
      if (present.cert === before.cert && present.key === before.key && present.clientCa === before.clientCa) return;
      changed(present, present.clientCa !== before.clientCa);
      this.inUse = present;
      this.log.certificatesReloaded();
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown failure';
      if (problem !== this.lastProblem) this.log.certificatesRefused(problem);
      this.lastProblem = problem;
    }
  }
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}
