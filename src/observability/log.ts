import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import { safeText } from '../redaction/safe-text.js';

export type { Logger } from 'pino';

const BUFFER_BYTES = 4096;
const FLUSH_INTERVAL_MS = 1000;

/** JSON lines to standard output, buffered; `flush` writes what is left. */
export interface ServiceLog {
  logger: Logger;
  flush(): void;
}

export function createLog(level: string, destination?: DestinationStream): ServiceLog {
  const stream =
    destination ??
    pino.destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_INTERVAL_MS });
  const logger = pino(
    {
      level,
      base: { service: 'latchkey' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return { logger, flush: () => 'flushSync' in stream && (stream as { flushSync(): void }).flushSync() };
}

/**
 * Nest's own lines in the service's log. Messages are cut and cleaned; objects are left out, since they can hold
 * anything.
 */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  private write(level: 'debug' | 'error' | 'warn', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    this.logger[level](
      { context: typeof context === 'string' ? safeText(context, 100) : undefined },
      typeof message === 'string' ? safeText(message) : 'not a text',
    );
  }
}
