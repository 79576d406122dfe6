import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/core/errors.ts';
import { lockDataDirectory } from '../../src/store/embedded/data-directory-lock.ts';
import { identifyThisProcess, ProcessIdentity } from '../../src/store/embedded/process-identity.ts';
import { bundleProgram } from '../support/bundle-program.ts';

/** Long enough for a beat (2 s) to be seen. */
const WATCH_MS = 4000;

describe('the lock of the data directory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bridge-lock-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('is held by one, and free again when let go', async () => {
    const lock = await lockDataDirectory(directory);
    await expect(lockDataDirectory(directory)).rejects.toThrow(`in use by this very process`);
    await lock.release();
    await lock.release();
    await (await lockDataDirectory(directory)).release();
    expect(await readdir(directory)).toEqual(['database.lock.2']);
  });

  test('names the process that holds it, and what to do', async () => {
    const child = await startHolder(directory);
    await expect(lockDataDirectory(directory)).rejects.toThrow(ConfigError);
    await expect(lockDataDirectory(directory)).rejects.toThrow(new RegExp(`in use by process ${child.pid} .*DATA_DIR.*DATABASE_URL`));
    await kill(child);
  });

  test('is taken over at once from a process that was killed', async () => {
    await kill(await startHolder(directory));
    const startedAt = performance.now();
    await (await lockDataDirectory(directory)).release();
    // Watching whether it beats would take eight seconds.
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });

  test('is taken over when the pid lives again as another process', async () => {
    const self = await identifyThisProcess();
    await writeFile(join(directory, 'database.lock.7'), JSON.stringify({ ...self, startedAt: '1' }));
    await (await lockDataDirectory(directory)).release();
    expect(await readdir(directory)).toEqual(['database.lock.8']);
  });

  test('of a process in another container is respected while it beats, and taken over when it stands still', async () => {
    const path = join(directory, 'database.lock.1');
    await writeFile(path, JSON.stringify({ pid: 1, startedAt: '5', place: 'elsewhere boot namespace' }));
    const beating = setInterval(() => void utimes(path, new Date(), new Date()), 500);
    await expect(lockDataDirectory(directory, WATCH_MS)).rejects.toThrow('process 1 (elsewhere)');
    clearInterval(beating);
    await (await lockDataDirectory(directory, 1000)).release();
  });

  test('beats, so that others can see it live', async () => {
    const lock = await lockDataDirectory(directory);
    const [name] = await readdir(directory);
    const path = join(directory, name ?? '');
    const other = ProcessIdentity.parse(JSON.parse(await readFile(path, 'utf8')));
    await writeFile(path, JSON.stringify({ ...other, place: 'elsewhere' }));
    await expect(lockDataDirectory(directory, WATCH_MS)).rejects.toThrow(ConfigError);
    await lock.release();
  });

  test('left half-written by a kill is taken over', async () => {
    await writeFile(join(directory, 'database.lock.3'), '{"pid":');
    await (await lockDataDirectory(directory, 600)).release();
  });

  test('is won by exactly one of many starters, also when the last holder was killed', async () => {
    for (let round = 0; round < 5; round += 1) {
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDirectory(directory)));
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(winners).toHaveLength(1);
      await winners[0]?.release();
      await kill(await startHolder(directory));
    }
  });

  test('is won by exactly one of several processes', async () => {
    await kill(await startHolder(directory));
    const children = await Promise.all([1, 2, 3, 4].map(() => startHolder(directory).catch(() => undefined)));
    const winners = children.flatMap((child) => child ?? []);
    expect(winners).toHaveLength(1);
    await Promise.all(winners.map(kill));
  });
});

/** Another process that takes the lock and keeps it; rejects when it was refused. */
async function startHolder(directory: string): Promise<ChildProcess> {
  const child = fork(await (program ??= bundleHolder()), [directory], { stdio: 'ignore' });
  const message = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => undefined)]);
  if (message === undefined) throw new Error('refused');
  return child;
}

let program: Promise<string> | undefined;

function bundleHolder(): Promise<string> {
  return bundleProgram(
    'lock-holder',
    `import { lockDataDirectory } from '${import.meta.dirname}/../../src/store/embedded/data-directory-lock.ts';
     try { await lockDataDirectory(process.argv[2]); process.send('held'); setInterval(() => undefined, 1000); } catch { process.exit(1); }`,
  );
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
