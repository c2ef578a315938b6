import type { Broker } from './broker.ts';

/** What global-setup.ts leaves for global-teardown.ts; Jest may load their imports twice, but in one process. */
export interface RunState {
  broker: Broker;
  folder: string;
  /** Whether LATCHKEY_TEST_SKIPS is of this run, and not set from outside. */
  ownSkips: boolean;
}

const KEY = Symbol.for('latchkey.test.elasticsearch');

export function keepRunState(state: RunState): void {
  Reflect.set(process, KEY, state);
}

export function takeRunState(): RunState | undefined {
  const state: RunState | undefined = Reflect.get(process, KEY);
  Reflect.deleteProperty(process, KEY);
  return state;
}
