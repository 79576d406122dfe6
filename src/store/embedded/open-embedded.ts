import { PGlite } from '@electric-sql/pglite';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Database, inTransaction } from '../connection.ts';
import { quote } from '../quote.ts';
import { lockDataDirectory } from './data-directory-lock.ts';
import { ensureInitialised } from './ensure-initialised.ts';
import { createEmbeddedPool } from './pool.ts';
import { openSession } from './session.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly loadDump?: Blob | Uint8Array | string;
  readonly inMemory?: boolean;
  readonly idleTransactionMs?: number;
  readonly log: Log;
}

/** Opens the embedded PostgreSQL: in this process, in `dataDir`, locked against a second process. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  if (options.inMemory) return openOn(await startPglite(options), options, () => Promise.resolve());
  await makeDirectory(options.dataDir);
  const lock = await lockDataDirectory(options.dataDir);
  try {
    const directory = join(options.dataDir, 'database');
    if (options.loadDump === undefined) await ensureInitialised(directory, options.log);
    return await openOn(await startPglite(options, directory), options, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openOn(
  pglite: PGlite,
  { log, idleTransactionMs = 10_000 }: EmbeddedOptions,
  unlock: () => Promise<void>,
): Promise<Database> {
  const session = await openSession(pglite);
  let closing: Promise<void> | undefined;
  session.onBreakdown((error) => {
    if (closing === undefined)
      log.error({ err: error }, 'the embedded database has stopped; look for a full disk, then restart the process');
  });
  const pool = createEmbeddedPool(session, { idleTransactionMs });

  return {
    kind: 'embedded',
    pool: pool.forBullMQ,
    query: pool.query,
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        return await inTransaction(client, work);
      } finally {
        client.release();
      }
    },
    listen: async (channel, handler) => {
      const client = await pool.connect();
      client.on('notification', ({ payload }: { payload?: string }) => handler(payload ?? ''));
      await client.query(`LISTEN ${quote(channel)}`);
      return () => {
        client.removeAllListeners();
        client.release();
        return Promise.resolve();
      };
    },
    close: () => (closing ??= session.close().finally(unlock)),
  };
}

async function startPglite(options: EmbeddedOptions, directory?: string): Promise<PGlite> {
  const dump = options.loadDump === undefined ? undefined : await toBlob(options.loadDump);
  try {
    return await PGlite.create({ ...(directory !== undefined && { dataDir: directory }), ...(dump && { loadDataDir: dump }) });
  } catch (cause) {
    throw new ConfigError({
      code: 'database.unusable',
      message: `the embedded database in ${directory ?? 'memory'} can't be started (${messageOf(cause)}): restore it from a backup, or set DATA_DIR to an empty directory`,
      cause,
    });
  }
}

async function toBlob(dump: Blob | Uint8Array | string): Promise<Blob> {
  if (dump instanceof Blob) return dump;
  const bytes = typeof dump === 'string' ? await readFile(dump) : dump;
  // A copy, because a view may stand on shared memory, which a Blob doesn't take.
  return new Blob([Uint8Array.from(bytes)]);
}

async function makeDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ConfigError({
      code: 'database.data_dir',
      message: `the data directory ${dataDir} can't be made (${messageOf(cause)}): set DATA_DIR to a directory that this user may write`,
      cause,
    });
  }
}
