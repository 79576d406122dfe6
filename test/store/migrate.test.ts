import { describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate, type Migration } from '../../src/store/migrate.ts';
import { databaseKinds, getTestPostgres } from '../support/database.ts';
import { createRecordingLog } from '../support/log.ts';
import { missingPostgres } from '../support/postgres.ts';

const first: Migration = { name: '0001-first', sql: 'CREATE TABLE bridge.first (id int); INSERT INTO bridge.first VALUES (1);' };
const second: Migration = {
  name: '0002-second',
  sql: 'ALTER TABLE bridge.first ADD COLUMN word text; UPDATE bridge.first SET id = id + 1;',
};
const broken: Migration = { name: '0003-broken', sql: 'CREATE TABLE bridge.half (id int); SELECT 1 / 0;' };

async function openEmpty(kind: Database['kind']): Promise<Database> {
  if (kind === 'embedded') return openDatabase({ dataDir: '', inMemory: true, log: createRecordingLog() });
  const server = await getTestPostgres();
  return openDatabase({ url: server.url(await server.createDatabase()), dataDir: '', log: createRecordingLog() });
}

describe.each(databaseKinds())('migrating the %s database', (kind) => {
  test('runs each migration once, in order, and says which it ran', async () => {
    const database = await openEmpty(kind);
    expect(await migrate(database, [first])).toEqual({ ran: ['0001-first'] });
    expect(await migrate(database, [first, second])).toEqual({ ran: ['0002-second'] });
    expect(await migrate(database, [first, second])).toEqual({ ran: [] });
    expect((await database.query('SELECT id FROM bridge.first')).rows).toEqual([{ id: 2 }]);
    // BullMQ's tables came along, and its session settings did not stay behind.
    expect((await database.query(`SELECT to_regclass('bullmq.job')::text AS job`)).rows).toEqual([{ job: 'job' }]);
    await database.close();
  });

  test('leaves nothing of a migration that fails, and keeps those before it', async () => {
    const database = await openEmpty(kind);
    await expect(migrate(database, [first, broken])).rejects.toMatchObject({ code: '22012' });
    const { rows } = await database.query(`SELECT to_regclass('bridge.half') AS half, array_agg(name) AS ran FROM bridge.migrations`);
    expect(rows).toEqual([{ half: null, ran: ['0001-first'] }]);
    expect(await migrate(database, [first, { ...broken, sql: 'SELECT 1' }])).toEqual({ ran: ['0003-broken'] });
    await database.close();
  });

  test('lets several callers in one process race', async () => {
    const database = await openEmpty(kind);
    const reports = await Promise.all([1, 2, 3].map(() => migrate(database, [first, second])));
    expect(reports.flatMap(({ ran }) => ran).sort()).toEqual(['0001-first', '0002-second']);
    await database.close();
  });
});

const describePostgres = missingPostgres() === undefined ? describe : describe.skip;
describePostgres('migrating one PostgreSQL from several starters', () => {
  const slow: Migration = { name: '0002-slow', sql: 'SELECT pg_sleep(3); UPDATE bridge.first SET id = id + 1' };

  test('runs each migration once; the others wait longer than any usual timeout', async () => {
    const server = await getTestPostgres();
    const url = server.url(await server.createDatabase());
    const open = () => openDatabase({ url, dataDir: '', statementTimeoutMs: 500, log: createRecordingLog() });
    const starters = await Promise.all([open(), open(), open()]);
    const reports = await Promise.all(starters.map((database) => migrate(database, [first, slow, second])));
    expect(reports.flatMap(({ ran }) => ran).sort()).toEqual(['0001-first', '0002-second', '0002-slow']);
    expect((await starters[0].query('SELECT id FROM bridge.first')).rows).toEqual([{ id: 3 }]);
    // The timeouts hold again afterwards, on every connection.
    expect(
      (await starters[0].query(`SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`)).rows,
    ).toEqual([{ statement: '500ms', lock: '2s' }]);
    await Promise.all(starters.map((database) => database.close()));
  });

  test('is safe for connections that have looked for the schemas in vain before', async () => {
    const server = await getTestPostgres();
    for (let round = 0; round < 8; round += 1) {
      const url = server.url(await server.createDatabase());
      const starters = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ url, dataDir: '', log: createRecordingLog() })));
      await Promise.all(starters.map((database) => database.query('SELECT * FROM bridge.first').catch(() => undefined)));
      const reports = await Promise.all(starters.map((database) => migrate(database, [first, second])));
      expect(reports.flatMap(({ ran }) => ran).sort()).toEqual(['0001-first', '0002-second']);
      await Promise.all(starters.map((database) => database.close()));
    }
  });

  test('survives a crash in the middle: what had not committed runs again', async () => {
    const server = await getTestPostgres();
    const url = server.url(await server.createDatabase());
    const open = () => openDatabase({ url, dataDir: '', log: createRecordingLog() });
    const dying = await open();
    const migrating = migrate(dying, [first, slow]);
    const watcher = await open();
    for (;;) {
      const { rows } = await watcher.query(
        `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%' AND query NOT LIKE '%pg_stat_activity%' AND state = 'active'`,
      );
      if (rows.length > 0) break;
    }
    await server.crash();
    await expect(migrating).rejects.toThrow();
    await server.start();
    await Promise.all([dying.close(), watcher.close()]);
    const database = await open();
    expect(await migrate(database, [first, slow, second])).toEqual({ ran: ['0002-slow', '0002-second'] });
    expect((await database.query('SELECT id FROM bridge.first')).rows).toEqual([{ id: 3 }]);
    await database.close();
  });
});
