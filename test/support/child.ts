import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

/** A server that a test started and may kill. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
// A test runner that stops in the middle must not leave servers behind.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts the program and waits until `isReady` is true; throws with what it wrote when it ends before. */
export async function startServer(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { isReady: () => Promise<boolean>; readyMs?: number },
): Promise<ServerProcess> {
  const { isReady, readyMs = 20_000, ...spawnOptions } = options;
  const child = spawn(command, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  const keep = (text: Buffer) => (output = (output + text.toString()).slice(-4000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit').then(() => running.delete(child));

  const giveUpAt = performance.now() + readyMs;
  while (!(await isReady())) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${command} ended: ${output}`);
    if (performance.now() > giveUpAt) {
      child.kill('SIGKILL');
      throw new Error(`${command} is not ready after ${readyMs} ms: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    child,
    end: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}
