import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/**
 * Makes the database in `directory` unless it is there. A kill at any moment leaves either nothing at `directory` or all of it: the
 * work is done beside it and renamed. Only for the holder of the data directory's lock.
 */
export async function ensureInitialised(directory: string, log: Log): Promise<void> {
  await removeAbandoned(directory);
  if (await exists(join(directory, 'PG_VERSION'))) return;

  const startedAt = performance.now();
  const beside = `${directory}.init-${process.pid}-${randomUUID().slice(0, 8)}`;
  try {
    await runInitProgram(await findInitProgram(), beside);
    await rename(beside, directory);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
  log.info({ directory, durationMs: Math.round(performance.now() - startedAt) }, 'made the embedded database');
}

/** What killed starts left behind. A child that outlived its parent may still write there; it is never renamed into place. */
async function removeAbandoned(directory: string): Promise<void> {
  const prefix = `${basename(directory)}.init-`;
  const names = await readdir(dirname(directory));
  await Promise.all(
    names
      .filter((name) => name.startsWith(prefix))
      // It may grow while it is removed; the next start tries again.
      .map((name) => rm(join(dirname(directory), name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)),
  );
}

function runInitProgram(program: string, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The 'ipc' channel carries nothing: it tells the child when this process has died.
    const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let complaint = '';
    child.stderr?.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      reject(
        new ConfigError({
          code: 'database.init_failed',
          message: `the embedded database could not be made in ${directory} (${signal ?? `exit ${code}`}): it needs 200 MB of disk and 1 GB of memory once. ${complaint.trim()}`,
        }),
      );
    });
  });
}

/** `dist/init-database.js` of this package, wherever this code runs from: the bundle in dist/, or the sources. */
async function findInitProgram(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(await exists(join(folder, 'package.json'))) && folder !== dirname(folder)) folder = dirname(folder);
  const program = join(folder, 'dist', 'init-database.js');
  if (await exists(program)) return program;
  throw new ConfigError({ code: 'database.init_program', message: `${program} is missing: build the project first (npm run build)` });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
