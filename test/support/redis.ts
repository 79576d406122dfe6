import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './child.ts';
import { findFreePort } from './free-port.ts';

/** A Redis of a test's own, on 127.0.0.1. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** SIGKILL. What the append-only file holds is there again after `start`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Forgets everything while it is down, as a lost disk would. Call between `kill` and `start`. */
  empty(): Promise<void>;
  /** Sends one command line; the raw answer. */
  command(line: string): Promise<string>;
  close(): Promise<void>;
}

/** Why there is no Redis to test on; undefined when there is. Under CI a missing one is an error. */
export function missingRedis(): string | undefined {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    const reason = 'no redis-server: tests on Redis are skipped (apt-get install redis-server)';
    if (process.env['CI']) throw new Error(reason);
    return reason;
  }
}

/** @param settings more of redis.conf, e.g. `{ 'maxmemory-policy': 'allkeys-lru' }` */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'bridge-redis-'));
  const port = await findFreePort();
  const all = { port: String(port), bind: '127.0.0.1', dir: directory, save: '', appendonly: 'yes', ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const launch = () => startServer('redis-server', args, { cwd: directory, isReady: () => answersPing(port) });
  let server = await launch();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => server.end('SIGKILL'),
    start: async () => {
      server = await launch();
    },
    empty: async () => {
      const names = await readdir(directory);
      await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true })));
    },
    command: (line) => send(port, line),
    close: async () => {
      await server.end('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Also false while it is loading its data; a refusal for want of a password is an answer. */
async function answersPing(port: number): Promise<boolean> {
  const answer = await send(port, 'PING').catch(() => '');
  return answer.startsWith('+PONG') || answer.startsWith('-NOAUTH');
}

function send(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\n`));
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.once('data', (answer) => {
      resolve(answer.toString());
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}
