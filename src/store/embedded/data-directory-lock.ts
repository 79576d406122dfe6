import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ConfigError, messageOf } from '../../core/errors.ts';
import { identifyThisProcess, ProcessIdentity, tellAlive } from './process-identity.ts';

/**
 * One process at a time in a data directory: PGlite itself takes no lock, and two would destroy the database.
 *
 * The lock is the file `database.lock.<n>` with the highest n; its text says who holds it, or that it was let go. A stale one is taken over
 * by creating n + 1 (O_EXCL), which only one of several starters can do; the highest file is never removed, so that no number comes twice.
 */
export interface DataDirectoryLock {
  readonly release: () => Promise<void>;
}

const PREFIX = 'database.lock.';
const HEARTBEAT_MS = 2000;
/** How long a lock whose holder can't be looked up (another container) must stand still before it counts as left behind. */
const WATCH_MS = 8000;

const LockFile = z.union([z.object({ released: z.literal(true) }), ProcessIdentity]);

/** Throws a ConfigError that names the holder when another process lives in the directory. */
export async function lockDataDirectory(dataDir: string, watchMs = WATCH_MS): Promise<DataDirectoryLock> {
  const self = await identifyThisProcess();
  for (;;) {
    const highest = await findHighest(dataDir);
    if (highest > 0) await refuseIfHeld(dataDir, highest, self, watchMs);
    const path = join(dataDir, `${PREFIX}${highest + 1}`);
    if (!(await createFile(path, JSON.stringify(self)))) continue;
    // Somebody may have come and gone several times since we looked: then the lock is another file by now.
    if ((await findHighest(dataDir)) > highest + 1) {
      await rm(path, { force: true });
      continue;
    }
    await removeBelow(dataDir, highest + 1);
    return hold(path);
  }
}

function hold(path: string): DataDirectoryLock {
  // For starters that can't see our pid. A missed beat is no harm.
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();
  let releasing: Promise<void> | undefined;
  const release = async () => {
    clearInterval(heartbeat);
    await writeFile(`${path}.released`, JSON.stringify({ released: true }));
    await rename(`${path}.released`, path);
  };
  return { release: () => (releasing ??= release()) };
}

async function refuseIfHeld(dataDir: string, generation: number, self: ProcessIdentity, watchMs: number): Promise<void> {
  const path = join(dataDir, `${PREFIX}${generation}`);
  const holder = await readLock(path);
  if (holder === 'released') return;
  // No text: its maker is between creating and writing it, or died there.
  const answer = holder === undefined ? 'unknown' : await tellAlive(holder, self);
  if (answer === 'dead' || (answer === 'unknown' && !(await isBeating(path, watchMs)))) return;
  const who =
    holder === undefined
      ? 'another process'
      : holder.pid === self.pid && answer === 'alive'
        ? 'this very process'
        : `process ${holder.pid} (${holder.place.split(' ')[0]})`;
  throw new ConfigError({
    code: 'database.in_use',
    message: `the data directory ${dataDir} is in use by ${who}: stop that one, or set DATA_DIR to another directory. To run several processes, set DATABASE_URL to a PostgreSQL server.`,
  });
}

async function readLock(path: string): Promise<ProcessIdentity | 'released' | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    const parsed = LockFile.parse(JSON.parse(text));
    return 'released' in parsed ? 'released' : parsed;
  } catch {
    return undefined;
  }
}

async function isBeating(path: string, watchMs: number): Promise<boolean> {
  const before = await modifiedAt(path);
  for (let waited = 0; waited < watchMs; waited += 250) {
    await sleep(250);
    const now = await modifiedAt(path);
    if (now !== before) return now !== undefined;
  }
  return false;
}

async function modifiedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

async function findHighest(dataDir: string): Promise<number> {
  return Math.max(0, ...(await listGenerations(dataDir)));
}

async function listGenerations(dataDir: string): Promise<number[]> {
  const names = await readdir(dataDir);
  return names.filter((name) => /^database\.lock\.\d+$/.test(name)).map((name) => Number(name.slice(PREFIX.length)));
}

async function removeBelow(dataDir: string, generation: number): Promise<void> {
  const older = (await listGenerations(dataDir)).filter((each) => each < generation);
  await Promise.all(older.map((each) => rm(join(dataDir, `${PREFIX}${each}`), { force: true })));
}

/** False when the file is there already. */
async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw new ConfigError({
      code: 'database.data_dir',
      message: `the data directory can't be written (${messageOf(cause)}): set DATA_DIR to a directory that this user may write`,
      cause,
    });
  }
}
