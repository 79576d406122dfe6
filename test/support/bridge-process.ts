import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { until } from './until.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const START_MS = 60_000;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One place where the bridge runs: a process after another, on the same port and stores. */
export interface BridgeProcess {
  readonly url: string;
  readonly role: Role;
  /** Starts a process; resolves when it is ready, or with how it ended before that. */
  start(env?: Readonly<Record<string, string>>): Promise<'ready' | Ending>;
  /** How the present process ends. */
  ended(): Promise<Ending>;
  readonly isRunning: boolean;
  /** Whether the kernel has stopped it (SIGSTOP). */
  readonly isFrozen: boolean;
  send(signal: NodeJS.Signals): void;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Ending & { readonly ms: number }>;
  /** Whether it is ready at this moment, by its own word. */
  isReady(): Promise<boolean>;
  /** All that the processes logged, JSON lines. */
  readonly lines: readonly string[];
  /** Lines of level error or above, and ends that nobody asked for. */
  readonly faults: readonly string[];
}

export type Role = 'all' | 'web' | 'worker';

export interface BridgeOptions {
  readonly role?: Role;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
// A test runner that stops in the middle must not leave processes behind.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const Line = z.object({ level: z.number() });

export function createBridgeProcess(options: BridgeOptions): BridgeProcess {
  const role = options.role ?? 'all';
  const url = `http://127.0.0.1:${options.port}`;
  const lines: string[] = [];
  const faults: string[] = [];
  let child: ChildProcess | undefined;
  let ending: Promise<Ending> | undefined;
  let asked = false;

  function launch(env: Readonly<Record<string, string>>): Promise<Ending> {
    asked = env['FAILPOINT'] !== undefined;
    const launched = spawn(process.execPath, ['--enable-source-maps', MAIN, 'start', '--role', role], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        PORT: String(options.port),
        HOST: '127.0.0.1',
        PUBLIC_URL: url,
        LOG_LEVEL: 'warn',
        ...options.env,
        ...env,
      },
    });
    child = launched;
    running.add(launched);
    let rest = '';
    launched.stderr.on('data', (text: Buffer) => {
      const parts = (rest + text.toString()).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) keep(line);
    });
    return new Promise((resolve) => {
      // 'close' comes after 'exit', when all that it wrote was read.
      launched.once('close', (code, signal) => {
        running.delete(launched);
        if (rest !== '') keep(rest);
        if (!asked || (code !== 0 && code !== null)) faults.push(`${role} ended by itself: code ${code}, signal ${signal}`);
        resolve({ code, signal });
      });
    });
  }

  function keep(line: string): void {
    lines.push(line);
    if (levelOf(line) >= 50) faults.push(line);
  }

  const isReady = () =>
    fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );

  function ended(): Promise<Ending> {
    if (!ending) throw new Error('the bridge was never started');
    return ending;
  }

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    url,
    role,
    lines,
    faults,
    get isRunning() {
      return isRunning();
    },
    get isFrozen() {
      // "<pid> (<name>) <state> …"
      return isRunning() && /\) T /.test(readFileSync(`/proc/${child?.pid ?? 0}/stat`, 'utf8'));
    },
    async start(env = {}) {
      if (isRunning()) throw new Error(`the bridge (${role}) is running already`);
      ending = launch(env);
      await until(`the bridge (${role}) is ready`, async () => !isRunning() || (await isReady()), START_MS);
      return isRunning() ? 'ready' : ended();
    },
    ended,
    isReady,
    send(signal) {
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') asked = true;
      child?.kill(signal);
    },
    async kill() {
      if (!isRunning()) return;
      this.send('SIGKILL');
      await ended();
    },
    async stop() {
      const began = performance.now();
      this.send('SIGTERM');
      return { ...(await ended()), ms: performance.now() - began };
    },
  };
}

function levelOf(line: string): number {
  if (!line.startsWith('{')) return 0;
  try {
    const parsed = Line.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data.level : 0;
  } catch {
    return 0;
  }
}
