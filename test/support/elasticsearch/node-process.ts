import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const GENTLE_END_MS = 120_000;
const POLL_MS = 100;

/** A child process whose output goes to a file. */
export interface LoggedProcess {
  /** Why the process is gone; undefined while it runs. */
  ended(): string | undefined;
  /** The first match in the log, as soon as it is written. Throws when the process ends, or after `limitMs`. */
  waitForLog(pattern: RegExp, limitMs: number): Promise<RegExpExecArray>;
  /** The end of the log. */
  logTail(): string;
  /** SIGTERM, and after two minutes SIGKILL; returns when the process is gone. The log cannot be read after it. */
  end(): Promise<void>;
}

/**
 * Starts a program in its own process group, so that Ctrl-C reaches only the one who started it, who then ends it in
 * order. The child does not keep this process alive, and gets SIGTERM at its regular exit.
 */
export function startLogged(program: string, args: string[], env: NodeJS.ProcessEnv, logFile: string): LoggedProcess {
  const log = openSync(logFile, 'a+'); // kept open: the file can be read after the child has removed its folder
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', log, log] });
  child.unref();
  let open = true;
  const closeLog = (): void => {
    if (open) closeSync(log);
    open = false;
  };
  let ended: string | undefined;
  const kill = (): boolean => child.kill('SIGTERM');
  process.once('exit', kill);
  const over = new Promise<void>((resolve) => {
    const note = (reason: string): void => {
      ended ??= reason;
      process.off('exit', kill);
      resolve();
    };
    child.once('error', (error) => note(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => note(`ended with ${signal ?? `exit code ${code}`}`));
  });

  return {
    ended: () => ended,
    logTail: () => readEnd(log, 4000),

    async waitForLog(pattern, limitMs) {
      const deadline = Date.now() + limitMs;
      for (;;) {
        const found = pattern.exec(readEnd(log, 4 << 20));
        if (found !== null) return found;
        if (ended !== undefined) throw new Error(`the node ${ended}`);
        if (Date.now() > deadline) throw new Error(`nothing like ${pattern} in the log after ${limitMs / 1000} s`);
        await pause(POLL_MS);
      }
    },

    async end() {
      if (ended === undefined) {
        child.ref(); // or the event loop may run empty before the exit is seen
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), GENTLE_END_MS);
        await over;
        clearTimeout(timer);
      }
      closeLog();
    },
  };
}

function readEnd(file: number, most: number): string {
  const { size } = fstatSync(file);
  const length = Math.min(size, most);
  const buffer = Buffer.alloc(length);
  return buffer.toString('utf8', 0, readSync(file, buffer, 0, length, size - length));
}
