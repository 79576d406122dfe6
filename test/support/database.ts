import { afterAll } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import type { Log } from '../../src/core/log.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { createRecordingLog } from './log.ts';
import { missingPostgres, startPostgres, type TestPostgres } from './postgres.ts';

export type DatabaseKind = Database['kind'];

const CACHE = join(dirname(fileURLToPath(import.meta.url)), '..', '.tmp');

/** The kinds that can be tested here: `describe.each(databaseKinds())`. Says so where PostgreSQL is missing. */
export function databaseKinds(): DatabaseKind[] {
  const missing = missingPostgres();
  if (missing === undefined) return ['embedded', 'postgres'];
  process.stderr.write(`${missing}\n`);
  return ['embedded'];
}

/**
 * A database of the test's own with our tables and BullMQ's: embedded in memory, or on a real server that the test file shares (it ends with
 * the file). Close it yourself.
 */
export async function openTestDatabase(kind: DatabaseKind, log: Log = createRecordingLog()): Promise<Database> {
  if (kind === 'embedded') return openDatabase({ dataDir: '', inMemory: true, loadDump: await migratedDump(), log });
  return openDatabase({ url: await createTestDatabaseUrl(), dataDir: '', log });
}

/** The address of a new migrated database on the test file's PostgreSQL server. */
export async function createTestDatabaseUrl(): Promise<string> {
  const server = await getTestPostgres();
  template ??= makeTemplate(server);
  return server.url(await server.createDatabase(await template));
}

/** The test file's PostgreSQL server: started with the first call, ended after the last test. */
export function getTestPostgres(): Promise<TestPostgres> {
  return (postgres ??= startPostgres());
}

/** Copies a migrated embedded data directory to `dataDir`, so that a test on disk needn't wait for initdb. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const cached = join(CACHE, `data-${await fingerprint()}`);
  await makeOnce(cached, async (beside) => {
    const database = await PGlite.create(beside, { loadDataDir: new Blob([await readFile(await migratedDump())]) });
    await database.close();
  });
  await mkdir(dataDir, { recursive: true });
  await cp(cached, join(dataDir, 'database'), { recursive: true });
}

let postgres: Promise<TestPostgres> | undefined;
let template: Promise<string> | undefined;
afterAll(async () => (await postgres)?.close());

async function makeTemplate(server: TestPostgres): Promise<string> {
  const name = await server.createDatabase();
  const database = await openDatabase({ url: server.url(name), dataDir: '', log: createRecordingLog() });
  await migrate(database, migrations);
  await database.close();
  return name;
}

/** The file with a dump of a migrated embedded database; made when the migrations have changed. */
async function migratedDump(): Promise<string> {
  const path = join(CACHE, `embedded-${await fingerprint()}.tar`);
  await makeOnce(path, async (beside) => {
    const dataDir = `${beside}.data`;
    const pglite = await PGlite.create();
    const empty = await pglite.dumpDataDir('none');
    await pglite.close();
    const database = await openDatabase({ dataDir, loadDump: empty, log: createRecordingLog() });
    await migrate(database, migrations);
    await database.close();
    const migrated = await PGlite.create(join(dataDir, 'database'));
    await writeFile(beside, new Uint8Array(await (await migrated.dumpDataDir('none')).arrayBuffer()));
    await migrated.close();
    await rm(dataDir, { recursive: true });
  });
  return path;
}

/** Test files run at the same time: whoever is done first puts it in place, whole. */
async function makeOnce(path: string, make: (beside: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(CACHE, { recursive: true });
  const beside = `${path}.${randomUUID().slice(0, 8)}`;
  await make(beside);
  try {
    await rename(beside, path);
  } catch (error) {
    // A directory can't be renamed onto another one: somebody else was faster.
    await rm(beside, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(migrations));
  for (const name of ['bullmq', '@electric-sql/pglite']) {
    hash.update(await readFile(new URL(`../../node_modules/${name}/package.json`, import.meta.url)));
  }
  return hash.digest('hex').slice(0, 12);
}
