import { integer } from '../setting.js';

/** How often one caller may call one replica. */
export const rates = {
  rateReadPerSecond: integer({
    name: 'LATCHKEY_RATE_READ_PER_SECOND',
    description: 'Reads a second for one caller at one replica. 0 is unlimited.',
    unit: '1/s',
    min: 0,
    max: 1_000_000,
    default: 500,
  }),
  rateWritePerSecond: integer({
    name: 'LATCHKEY_RATE_WRITE_PER_SECOND',
    description: 'Changes and invalidations a second for one caller at one replica. 0 is unlimited.',
    unit: '1/s',
    min: 0,
    max: 1_000_000,
    default: 100,
  }),
  rateMintPerSecond: integer({
    name: 'LATCHKEY_RATE_MINT_PER_SECOND',
    description: 'New keys a second for one caller at one replica. 0 is unlimited.',
    unit: '1/s',
    min: 0,
    max: 1_000_000,
    default: 100,
  }),
};
