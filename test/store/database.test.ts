import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError, RetryableError } from '../../src/core/errors.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { createTestDatabaseUrl, databaseKinds, getTestPostgres, openTestDatabase } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';
import { createRecordingLog } from '../support/log.ts';
import { missingPostgres, startPostgres } from '../support/postgres.ts';

/** What the store relies on, held against both kinds: the same statements must give the same values, errors and order. */
describe.each(databaseKinds())('the %s database', (kind) => {
  let database: Database;
  const log = createRecordingLog();
  beforeAll(async () => {
    database = await openTestDatabase(kind, log);
    await database.query('CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL UNIQUE)');
  });
  afterAll(() => database.close());

  test('gives the same JavaScript types for every column type we use', async () => {
    const { rows } = await database.query(
      `SELECT $1::int8 AS big, $2::int4 AS small, $3::numeric AS exact, $4::bytea AS raw, $5::timestamptz AS at, $6::jsonb AS document,
              $7::json AS plain, $8::boolean AS yes, $9::uuid AS id, $10::text[] AS words, $11::interval AS nothing, $12::int8[] AS bigs, 1.5::float8 AS real`,
      [
        '9007199254740993',
        7,
        '1.10',
        Buffer.from([0, 255, 10]),
        new Date('2026-01-02T03:04:05.678Z'),
        JSON.stringify({ a: [1, null] }),
        '{"b":"\\u0000"}',
        true,
        '00000000-0000-4000-8000-000000000001',
        ['a', 'b,"c"', 'd\\'],
        null,
        ['1', '2'],
      ],
    );
    expect(rows).toEqual([
      {
        big: '9007199254740993',
        small: 7,
        exact: '1.10',
        raw: Buffer.from([0, 255, 10]),
        at: new Date('2026-01-02T03:04:05.678Z'),
        document: { a: [1, null] },
        plain: { b: '\0' },
        yes: true,
        id: '00000000-0000-4000-8000-000000000001',
        words: ['a', 'b,"c"', 'd\\'],
        nothing: null,
        bigs: ['1', '2'],
        real: 1.5,
      },
    ]);
    expect(rows[0]?.['raw']).toBeInstanceOf(Buffer);
  });

  test('takes arrays for unnest and says how many rows it wrote', async () => {
    const result = await database.query(
      `INSERT INTO things SELECT * FROM unnest($1::int[], $2::text[]) ON CONFLICT DO NOTHING RETURNING id`,
      [
        [1, 2, 3, 1],
        ['one', 'two', 'three', 'again'],
      ],
    );
    expect(result.rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(result.rowCount).toBe(3);
    expect((await database.query('UPDATE things SET name = name')).rowCount).toBe(3);
  });

  test('carries a megabyte of raw bytes both ways', async () => {
    const body = Buffer.alloc(1_000_000, 'ab\0c');
    const { rows } = await database.query<{ body: Buffer }>('SELECT $1::bytea AS body', [body]);
    expect(rows[0]?.body.equals(body)).toBe(true);
  });

  test.each([
    ['23505', `INSERT INTO things VALUES (100, 'x'), (100, 'y')`, []],
    ['23502', 'INSERT INTO things VALUES (101, NULL)', []],
    ['42P01', 'SELECT * FROM missing', []],
    ['42601', 'SELEC 1', []],
    ['22P02', 'SELECT $1::int', ['x']],
    ['22012', 'SELECT 1 / $1::int', [0]],
    ['22P05', 'SELECT $1::jsonb', ['"\\u0000"']],
    ['P0001', `DO $$ BEGIN RAISE EXCEPTION 'ours'; END $$`, undefined],
  ])('fails with code %s and goes on working', async (code, text, values) => {
    await expect(database.query(text, values)).rejects.toMatchObject({ code });
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('runs a named statement again and again', async () => {
    for (const id of [1, 2]) {
      const { rows } = await database.query({ name: 'find-thing', text: 'SELECT id FROM things WHERE id = $1', values: [id] });
      expect(rows).toEqual([{ id }]);
    }
    await expect(database.query({ name: 'broken', text: 'SELECT * FROM missing', values: [] })).rejects.toMatchObject({ code: '42P01' });
    await expect(database.query({ name: 'broken', text: 'SELECT * FROM missing', values: [] })).rejects.toMatchObject({ code: '42P01' });
  });

  test('finds unqualified names in bullmq and public', async () => {
    const { rows } = await database.query('SELECT current_schemas(false)::text[] AS schemas');
    expect(rows).toEqual([{ schemas: ['bullmq', 'public'] }]);
  });

  test('commits what a transaction wrote, and returns its result', async () => {
    const result = await database.transaction(async (client) => {
      await client.query(`INSERT INTO things VALUES (10, 'ten')`);
      return 'done';
    });
    expect(result).toBe('done');
    expect((await database.query('SELECT name FROM things WHERE id = 10')).rows).toEqual([{ name: 'ten' }]);
  });

  test('rolls back when the work throws, and throws the same error', async () => {
    const error = new Error('changed my mind');
    await expect(
      database.transaction(async (client) => {
        await client.query(`INSERT INTO things VALUES (11, 'eleven')`);
        throw error;
      }),
    ).rejects.toBe(error);
    expect((await database.query('SELECT 1 FROM things WHERE id = 11')).rows).toEqual([]);
  });

  test('rejects a transaction whose failed statement was swallowed, instead of losing it in silence', async () => {
    await expect(
      database.transaction(async (client) => {
        await client.query(`INSERT INTO things VALUES (12, 'twelve')`);
        await client.query('SELECT 1 / 0').catch(() => undefined);
      }),
    ).rejects.toThrow('rolled back');
    expect((await database.query('SELECT 1 FROM things WHERE id = 12')).rows).toEqual([]);
  });

  test('keeps transactions apart: nobody sees what is not committed', async () => {
    const seen: unknown[] = [];
    await Promise.all([
      database.transaction(async (client) => {
        await client.query(`INSERT INTO things VALUES (20, 'twenty')`);
        await new Promise((resolve) => setTimeout(resolve, 30));
        await client.query(`UPDATE things SET name = 'committed' WHERE id = 20`);
      }),
      new Promise((resolve) => setTimeout(resolve, 10)).then(async () => {
        seen.push(...(await database.query('SELECT name FROM things WHERE id = 20')).rows);
      }),
    ]);
    expect([[], [{ name: 'committed' }]]).toContainEqual(seen);
  });

  test('answers many statements at once, each with its own result', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        if (index % 7 === 0)
          return database.query('SELECT 1 / 0').then(
            () => 'no error',
            () => index,
          );
        if (index % 11 === 0)
          return database.transaction(async (client) => (await client.query<{ n: number }>('SELECT $1::int AS n', [index])).rows[0]?.n);
        return (await database.query<{ n: number }>('SELECT $1::int AS n', [index])).rows[0]?.n;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  test('runs the statements of one client in order, also when they are not awaited one by one', async () => {
    await database.query('CREATE TABLE IF NOT EXISTS log (seq serial, word text)');
    await database.transaction(async (client) => {
      await Promise.all(['a', 'b', 'c', 'd'].map((word) => client.query('INSERT INTO log (word) VALUES ($1)', [word])));
    });
    const { rows } = await database.query<{ word: string }>('SELECT word FROM log ORDER BY seq');
    expect(rows.map(({ word }) => word)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('never hands an open transaction to the next user of a connection', async () => {
    const client = await database.pool.connect();
    await client.query('BEGIN');
    await client.query(`INSERT INTO things VALUES (30, 'thirty')`);
    client.release(true);
    expect((await database.query('SELECT 1 FROM things WHERE id = 30')).rows).toEqual([]);
  });

  test('rolls back a transaction that stands idle, so that it keeps nobody waiting for ever', async () => {
    const url = kind === 'postgres' ? await createTestDatabaseUrl() : undefined;
    const impatient = await openDatabase({ url, dataDir: '', inMemory: true, idleTransactionMs: 50, log: createRecordingLog() });
    const stuck = impatient.transaction(async (client) => {
      await client.query('CREATE TABLE stuck (id int)');
      // The mistake: a query of the database, awaited inside a transaction.
      await impatient.query('SELECT pg_sleep(0.2)');
      await client.query('SELECT 1');
    });
    await expect(stuck).rejects.toThrow();
    expect((await impatient.query(`SELECT to_regclass('stuck') AS found`)).rows).toEqual([{ found: null }]);
    await impatient.close();
  });

  test('delivers notifications after the commit, to every listener of the channel, and to none of another', async () => {
    const heard: string[] = [];
    const stopFirst = await database.listen('test_channel', (payload) => heard.push(`1:${payload}`));
    const stopSecond = await database.listen('test_channel', (payload) => heard.push(`2:${payload}`));
    const stopOther = await database.listen('Other "channel"', (payload) => heard.push(`other:${payload}`));
    const last = new Promise<void>((resolve) => {
      void database.listen('test_last', () => resolve());
    });
    await database.transaction(async (client) => {
      await client.query(`SELECT pg_notify('test_channel', 'hello')`);
      expect(heard).toEqual([]);
    });
    await expect(
      database.transaction(async (client) => {
        await client.query(`SELECT pg_notify('test_channel', 'rolled back')`);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await stopSecond();
    await database.query(`SELECT pg_notify('test_channel', ''), pg_notify('Other "channel"', 'x')`);
    await database.query(`NOTIFY test_last`);
    await last;
    expect(heard.sort()).toEqual(['1:', '1:hello', '2:hello', 'other:x']);
    await Promise.all([stopFirst(), stopOther()]);
  });

  test('gives BullMQ clients that hear their own channels only', async () => {
    const [listener, bystander] = await Promise.all([database.pool.connect(), database.pool.connect()]);
    const heard: string[] = [];
    const done = new Promise<void>((resolve) => {
      listener.on('notification', ({ channel, payload }) => {
        heard.push(`${channel} ${payload}`);
        resolve();
      });
    });
    bystander.on('notification', () => heard.push('bystander'));
    // As BullMQ writes it.
    await listener.query('-- Subscribe to the shared channel\n-- (portable).\nLISTEN some_jobs;\n');
    await database.query(`SELECT pg_notify('some_jobs', 'deliveries')`);
    await done;
    await bystander.query('SELECT 1');
    expect(heard).toEqual(['some_jobs deliveries']);
    listener.release(true);
    bystander.release();
  });

  test('has logged nothing at error level', () => {
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

const describePostgres = missingPostgres() === undefined ? describe : describe.skip;
describePostgres('a PostgreSQL server', () => {
  test('is waited for when it starts later than we do (T05)', async () => {
    const server = await startPostgres();
    await server.stop();
    const opening = openDatabase({ url: server.url(), dataDir: '', log: createRecordingLog() });
    await server.start();
    const database = await opening;
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await database.close();
    await server.close();
  });

  test('that never comes up is reported as retryable, with the address to check', async () => {
    const opening = openDatabase({
      url: `postgres://x@127.0.0.1:${await findFreePort()}/x`,
      dataDir: '',
      waitMs: 300,
      log: createRecordingLog(),
    });
    await expect(opening).rejects.toMatchObject({ kind: 'retryable', code: 'database.unreachable' });
    await expect(opening).rejects.toBeInstanceOf(RetryableError);
  });

  test('that does not know the database is a setting to correct, found at once', async () => {
    const url = (await getTestPostgres()).url('missing');
    await expect(openDatabase({ url, dataDir: '', log: createRecordingLog() })).rejects.toBeInstanceOf(ConfigError);
  });

  test('may crash and come back: queries work again and listeners are told', async () => {
    const server = await startPostgres();
    const log = createRecordingLog();
    const database = await openDatabase({ url: server.url(), dataDir: '', log });
    const heard: string[] = [];
    let reconnected: () => void = () => undefined;
    const reconnecting = new Promise<void>((resolve) => (reconnected = resolve));
    const unlisten = await database.listen('crash', (payload) => heard.push(payload), reconnected);
    await server.crash();
    await expect(database.query('SELECT 1')).rejects.toThrow();
    await server.start();
    await reconnecting;
    await database.query(`SELECT pg_notify('crash', 'back')`);
    const last = new Promise<void>((resolve) => void database.listen('last', () => resolve()));
    while (heard.length === 0) await Promise.race([last, database.query(`SELECT pg_notify('last', '')`)]);
    expect(heard).toEqual(['back']);
    await unlisten();
    await database.close();
    await server.close();
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('ends a statement that takes too long', async () => {
    const database = await openDatabase({
      url: (await getTestPostgres()).url(),
      dataDir: '',
      statementTimeoutMs: 50,
      log: createRecordingLog(),
    });
    await expect(database.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    await database.close();
  });

  test('keeps options of the URL beside our search path', async () => {
    const url = `${(await getTestPostgres()).url()}?options=${encodeURIComponent('-c work_mem=5MB')}`;
    const database = await openDatabase({ url, dataDir: '', log: createRecordingLog() });
    const { rows } = await database.query(
      `SELECT current_setting('work_mem') AS memory, current_setting('search_path') AS path, current_setting('lock_timeout') AS lock`,
    );
    expect(rows).toEqual([{ memory: '5MB', path: 'bullmq,public', lock: '2s' }]);
    await database.close();
  });
});
