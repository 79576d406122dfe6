import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ConfigError } from '../../src/core/errors.ts';
import { openQueues, type Queues, type QueuesOptions } from '../../src/queue/open-queues.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { databaseKinds, getTestPostgres, openTestDatabase } from '../support/database.ts';
import { createInbox } from '../support/inbox.ts';
import { createRecordingLog } from '../support/log.ts';
import { missingPostgres } from '../support/postgres.ts';
import { missingRedis, startRedis, type TestRedis } from '../support/redis.ts';

const stores = [...databaseKinds(), ...(missingRedis() === undefined ? (['redis'] as const) : [])];

/** The same promises wherever the queues live. */
describe.each(stores)('queues on %s', (store) => {
  const log = createRecordingLog();
  let database: Database;
  let redis: TestRedis | undefined;
  const opened: Queues[] = [];
  const open = async (options: Partial<QueuesOptions> = {}) => {
    const queues = await openQueues({ database, redisUrl: redis?.url, role: 'all', prefix: `test-${randomUUID()}`, log, ...options });
    opened.push(queues);
    return queues;
  };
  beforeAll(async () => {
    database = await openTestDatabase(store === 'postgres' ? 'postgres' : 'embedded', log);
    if (store === 'redis') redis = await startRedis();
  });
  afterEach(() => Promise.all(opened.splice(0).map((queues) => queues.close({ drainMs: 100 }))));
  afterAll(async () => {
    await database.close();
    await redis?.close();
  });

  test('wake the right handler with the id alone', async () => {
    const queues = await open();
    const inbox = createInbox<string>();
    await queues.consume({ deliveries: async (id) => inbox.put(`delivery ${id}`), runs: async (id) => inbox.put(`run ${id}`) });
    await queues.wakeDelivery('d1', 1n);
    expect(await inbox.take()).toBe('delivery d1');
    await queues.wakeRun('r1', '7');
    expect(await inbox.take()).toBe('run r1');
    const [deliveries, runs] = queues.boardQueues;
    expect(await deliveries?.getJob('d1-1')).toMatchObject({ name: 'wake', data: { id: 'd1' } });
    expect(await runs?.getJob('r1-7')).toMatchObject({ name: 'wake', data: { id: 'r1' } });
  });

  test('ignore the same wake-up sent twice, and take the next one of the same thing', async () => {
    const queues = await open();
    const inbox = createInbox<string>();
    await queues.consume({ deliveries: async () => undefined, runs: async (id) => inbox.put(id) });
    await queues.wakeRun('r', 1);
    expect(await inbox.take()).toBe('r');
    await queues.wakeRun('r', 1);
    await queues.wakeMany([
      { queue: 'runs', id: 'r', wakeSeq: 1 },
      { queue: 'runs', id: 'r', wakeSeq: 2 },
      { queue: 'runs', id: 'last', wakeSeq: 1 },
    ]);
    expect([await inbox.take(), await inbox.take()].sort()).toEqual(['last', 'r']);
    expect(inbox.size()).toBe(0);
  });

  test('pass a thousand wake-ups of one turn, each once', async () => {
    const queues = await open();
    const inbox = createInbox<string>();
    await queues.consume({ deliveries: async (id) => inbox.put(id), runs: async () => undefined });
    const ids = Array.from({ length: 1000 }, (_, index) => `many-${index}`);
    await queues.wakeMany(ids.map((id) => ({ queue: 'deliveries', id, wakeSeq: 1 })));
    const taken = [];
    for (const _ of ids) taken.push(await inbox.take());
    expect(new Set(taken).size).toBe(1000);
    expect(inbox.size()).toBe(0);
  });

  test('hold as many jobs at once as they are told', async () => {
    const queues = await open();
    const inbox = createInbox<string>();
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const runs = async (id: string) => {
      inbox.put(id);
      await gate;
    };
    await queues.consume({ deliveries: async () => undefined, runs, concurrency: { runs: 30 } });
    await queues.wakeMany(Array.from({ length: 40 }, (_, index) => ({ queue: 'runs' as const, id: `c${index}`, wakeSeq: 1 })));
    for (let taken = 0; taken < 30; taken += 1) await inbox.take();
    expect(inbox.size()).toBe(0);
    letGo();
    for (let taken = 0; taken < 10; taken += 1) await inbox.take();
  });

  test('keep the text of a bug out of the store, try again, and log it where somebody looks', async () => {
    const bugs = createRecordingLog();
    const queues = await open({ log: bugs });
    const inbox = createInbox<string>();
    let tries = 0;
    const runs = async (id: string) => {
      inbox.put(id);
      tries += 1;
      if (tries === 1) throw new Error('secret \0 \ud800 text');
    };
    await queues.consume({ deliveries: async () => undefined, runs });
    await queues.wakeRun('bug', 1);
    expect([await inbox.take(), await inbox.take()]).toEqual(['bug', 'bug']);
    expect(bugs.entries).toContainEqual(expect.objectContaining({ level: 'error', fields: expect.objectContaining({ jobId: 'bug-1' }) }));
    const job = await queues.boardQueues[1]?.getJob('bug-1');
    expect(JSON.stringify(job?.toJSON())).not.toContain('secret');
  });

  test('stop claiming on pause, and wait on close for the job under way', async () => {
    const queues = await open();
    const inbox = createInbox<string>();
    let finished = false;
    const runs = async (id: string) => {
      inbox.put(id);
      await new Promise((resolve) => setTimeout(resolve, 300));
      finished = true;
    };
    await queues.consume({ deliveries: async () => undefined, runs });
    await queues.wakeRun('slow', 1);
    await inbox.take();
    queues.pause();
    await queues.wakeRun('later', 1);
    await queues.close();
    expect(finished).toBe(true);
    expect(inbox.size()).toBe(0);
  });

  test('close in time although a job never ends', async () => {
    const queues = await open();
    const inbox = createInbox<string>();
    const runs = (id: string) => {
      inbox.put(id);
      return new Promise<void>(() => undefined);
    };
    await queues.consume({ deliveries: async () => undefined, runs });
    await queues.wakeRun('hangs', 1);
    await inbox.take();
    const startedAt = performance.now();
    await queues.close({ drainMs: 200 });
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });

  test('tell how they are', async () => {
    const queues = await open();
    expect(await queues.health()).toEqual({ ok: true, backend: store === 'redis' ? 'redis' : 'postgres', problems: [] });
  });

  test('have logged nothing at error level', () => {
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('queues on a database without their tables say which command makes them', async () => {
  const database = await openDatabase({ dataDir: '', inMemory: true, log: createRecordingLog() });
  const opening = openQueues({ database, role: 'all', log: createRecordingLog() });
  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow('migrate');
  await database.close();
});

const describePostgres = missingPostgres() === undefined ? describe : describe.skip;
describePostgres('queues on a PostgreSQL that crashes', () => {
  test('work again when it is back, and wakes meanwhile neither throw nor hang', async () => {
    const log = createRecordingLog();
    const database = await openTestDatabase('postgres', log);
    const server = await getTestPostgres();
    const queues = await openQueues({ database, role: 'all', log });
    const inbox = createInbox<string>();
    await queues.consume({ deliveries: async () => undefined, runs: async (id) => inbox.put(id) });
    await queues.wakeRun('before', 1);
    expect(await inbox.take()).toBe('before');
    await server.crash();
    const startedAt = performance.now();
    await queues.wakeRun('lost', 1);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(await queues.health()).toMatchObject({ ok: false });
    await server.start();
    for (let seq = 1; inbox.size() === 0; seq += 1) {
      await queues.wakeRun('after', seq);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await inbox.take()).toBe('after');
    expect(await queues.health()).toMatchObject({ ok: true });
    await queues.close();
    await database.close();
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  }, 60_000);
});
