import { afterAll } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createTestDatabaseUrl, openTestDatabase } from './database.ts';
import { createRecordingLog } from './log.ts';
import { missingPostgres } from './postgres.ts';
import { missingRedis, startRedis, type TestRedis } from './redis.ts';

/** How the bridge is run: one process on PGlite, one on PostgreSQL, or web and workers apart on PostgreSQL and Redis. */
export type Mode = 'embedded' | 'server' | 'scaled';

const Modes = z.array(z.enum(['embedded', 'server', 'scaled'])).min(1);

/** `MODES=embedded,server,scaled`, embedded alone by default; a mode whose servers are missing is left out aloud (an error under CI). */
export function scenarioModes(): readonly Mode[] {
  const wanted = Modes.parse((process.env['MODES'] ?? 'embedded').split(','));
  return wanted.filter((mode) => {
    const missing = mode === 'embedded' ? undefined : (missingPostgres() ?? (mode === 'scaled' ? missingRedis() : undefined));
    if (missing !== undefined) process.stderr.write(`${mode}: ${missing}\n`);
    return missing === undefined;
  });
}

/** An empty, migrated store for one bridge. It outlives the bridge's processes, so that they can be stopped and started again. */
export interface Store {
  readonly database: Database;
  /** The settings that lead a process of the bridge to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly queuePrefix: string;
  /** Set where the process must be handed the store itself. */
  readonly openDatabase?: typeof openDatabase;
  close(): Promise<void>;
}

export async function openStore(mode: Mode): Promise<Store> {
  const queuePrefix = `scenario-${randomUUID().slice(0, 8)}`;
  if (mode === 'embedded') {
    const database = await emptiedEmbedded();
    // The process that closes it only lets go: the next one, or the next test, goes on with it.
    const lent: Database = { ...database, close: () => Promise.resolve() };
    return { database, env: {}, queuePrefix, openDatabase: () => Promise.resolve(lent), close: () => Promise.resolve() };
  }
  const url = await createTestDatabaseUrl();
  const database = await openDatabase({ url, dataDir: '', poolSize: 2, log: createRecordingLog() });
  const redisUrl = mode === 'scaled' ? (await getRedis()).url : undefined;
  return {
    database,
    env: { DATABASE_URL: url, ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }) },
    queuePrefix,
    close: () => database.close(),
  };
}

let embedded: Promise<Database> | undefined;
let redis: Promise<TestRedis> | undefined;
afterAll(async () => {
  await (await embedded)?.close();
  await (await redis)?.close();
});

function getRedis(): Promise<TestRedis> {
  return (redis ??= startRedis());
}

/** One embedded database a test file: emptying it takes a hundredth of the time that starting one takes. */
async function emptiedEmbedded(): Promise<Database> {
  embedded ??= openTestDatabase('embedded');
  const database = await embedded;
  const { rows } = await database.query(TABLES);
  const names = rows.map((row) => z.object({ name: z.string() }).parse(row).name);
  await database.query(`TRUNCATE ${names.join(', ')} RESTART IDENTITY CASCADE`);
  return database;
}

const TABLES = `
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
WHERE schemaname IN ('bridge', 'bullmq') AND tablename NOT LIKE '%migration%'`;
