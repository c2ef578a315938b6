import { Injectable } from '@nestjs/common';
import { keyTopic, Wakeups } from './wakeups.js';

/** Ids of keys that are known to be invalidated and would otherwise still be alive, whoever made them. */
@Injectable()
export class Revocations {
  private readonly ends = new Map<string, number>();
  private readonly listeners = new Set<(id: string) => void>();

  constructor(private readonly wakeups: Wakeups) {}

  has(id: string): boolean {
    return this.ends.has(id);
  }

  onRevoked(listener: (id: string) => void): void {
    this.listeners.add(listener);
  }

  /** @param expiresMs end that the key would have had; it is forgotten then. */
  add(id: string, expiresMs: number): void {
    if (this.ends.has(id)) return;
    this.ends.set(id, expiresMs);
    for (const listener of this.listeners) listener(id);
    this.wakeups.wake(keyTopic(id));
  }

  forgetExpired(now: number): void {
    for (const [id, end] of this.ends) if (end <= now) this.ends.delete(id);
  }
}
