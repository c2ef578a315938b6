import { parseArgs } from 'node:util';

export interface Options {
  rounds: number;
  /** Measured window of one cell (target x scenario x round). */
  seconds: number;
  connections: number;
  starts: number;
  /** Path of the JSON result. */
  out: string | undefined;
  /** Entry point of the Latchkey that is measured. */
  main: string;
  /** Further builds to measure in the same rounds, name to entry point. */
  also: ReadonlyMap<string, string>;
}

export const USAGE = `npm run bench -- [--rounds 5] [--seconds 1.2] [--connections 32] [--starts 5] [--out FILE]
                 [--main dist/main.js] [--also NAME=PATH/dist/main.js]...`;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '1.2' },
      connections: { type: 'string', default: '32' },
      starts: { type: 'string', default: '5' },
      out: { type: 'string' },
      main: { type: 'string', default: 'dist/main.js' },
      also: { type: 'string', multiple: true, default: [] },
    },
  });
  return {
    rounds: amount('rounds', values.rounds, 1, 100),
    seconds: amount('seconds', values.seconds, 0.2, 60),
    connections: amount('connections', values.connections, 1, 1000),
    starts: amount('starts', values.starts, 0, 50),
    out: values.out,
    main: values.main,
    also: new Map(values.also.map((text) => namedPath(text))),
  };
}

function amount(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!(value >= min && value <= max)) throw new RangeError(`--${name} must be a number from ${min} to ${max}`);
  return name === 'seconds' ? value : Math.round(value);
}

function namedPath(text: string): [string, string] {
  const [name, path] = text.split('=');
  if (!name || !path) throw new RangeError('--also must be NAME=PATH');
  return [name, path];
}
