import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface RunningOnSandbox {
  url: string;
  metricsUrl: string;
  stop(): Promise<void>;
}

/** The built service as a process of its own, on its sandbox and on free ports. */
export async function startOnSandbox(): Promise<RunningOnSandbox> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../dist/main.js', import.meta.url))], {
    env: { PATH: process.env['PATH'], LATCHKEY_HOST: '127.0.0.1', LATCHKEY_PORT: '0', LATCHKEY_METRICS_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ port: number; metrics_port: number }>();
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const line = text.split('\n').find((candidate) => candidate.includes('"msg":"listening"'));
    if (line !== undefined) resolve(JSON.parse(line) as { port: number; metrics_port: number });
  });
  child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    const ports = await promise;
    return { url: `http://127.0.0.1:${ports.port}`, metricsUrl: `http://127.0.0.1:${ports.metrics_port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
