import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { RetryableError } from '../../src/core/errors.ts';
import { openQueues, type Queues } from '../../src/queue/open-queues.ts';
import type { Database } from '../../src/store/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';
import { createInbox, type Inbox } from '../support/inbox.ts';
import { createRecordingLog, type RecordingLog } from '../support/log.ts';
import { missingRedis, startRedis, type TestRedis } from '../support/redis.ts';

const describeRedis = missingRedis() === undefined ? describe : describe.skip;
describeRedis('Redis', () => {
  let database: Database;
  let redis: TestRedis;
  let log: RecordingLog;
  let inbox: Inbox<string>;
  const opened: Queues[] = [];
  const open = async (redisUrl = redis.url) => {
    const queues = await openQueues({ database, redisUrl, role: 'test', log });
    opened.push(queues);
    await queues.consume({ deliveries: async () => undefined, runs: async (id) => inbox.put(id) });
    return queues;
  };
  beforeAll(async () => {
    database = await openTestDatabase('embedded');
  });
  afterAll(() => database.close());
  beforeEach(() => {
    log = createRecordingLog();
    inbox = createInbox();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queues) => queues.close({ drainMs: 100 })));
    await redis.close();
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test.each([
    ['killed, and restarted with what it had', false],
    ['killed, and restarted empty', true],
  ])(
    '%s: the next wake-up passes; meanwhile wakes neither throw nor hang, and the log says it once',
    async (_title, isEmptied) => {
      redis = await startRedis();
      const queues = await open();
      await queues.wakeRun('before', 1);
      expect(await inbox.take()).toBe('before');
      await redis.kill();
      const startedAt = performance.now();
      for (let seq = 1; seq <= 20; seq += 1) await queues.wakeRun('lost', seq);
      expect(performance.now() - startedAt).toBeLessThan(2500);
      expect(await queues.health()).toMatchObject({ ok: false });
      const warnings = log.entries.filter(({ level }) => level === 'warn');
      expect(warnings.length).toBeGreaterThan(0);
      expect(warnings.length).toBeLessThan(10);
      if (isEmptied) await redis.empty();
      await redis.start();
      for (let seq = 1; inbox.size() === 0; seq += 1) {
        await queues.wakeRun('after', seq);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(await inbox.take()).toBe('after');
      expect(await queues.health()).toMatchObject({ ok: true });
      expect(log.entries).toContainEqual(expect.objectContaining({ level: 'info', message: 'adding wake-up jobs works again' }));
    },
    60_000,
  );

  test('that starts later than we do is waited for (T05)', async () => {
    redis = await startRedis();
    await redis.kill();
    const opening = open();
    await redis.start();
    await (await opening).wakeRun('first', 1);
    expect(await inbox.take()).toBe('first');
  });

  test('that never comes up is reported as retryable', async () => {
    redis = await startRedis();
    const redisUrl = `redis://127.0.0.1:${await findFreePort()}`;
    const opening = openQueues({ database, redisUrl, role: 'test', waitMs: 300, log });
    await expect(opening).rejects.toBeInstanceOf(RetryableError);
  });

  test('with a wrong password is a setting to correct, found at once', async () => {
    redis = await startRedis({ requirepass: 'right' });
    const wrong = redis.url.replace('//', '//:wrong@');
    await expect(openQueues({ database, redisUrl: wrong, role: 'test', log })).rejects.toMatchObject({
      kind: 'config',
      code: 'queue.redis_refused',
    });
    await (await open(redis.url.replace('//', '//:right@'))).wakeRun('in', 1);
    expect(await inbox.take()).toBe('in');
  });

  test('that may lose jobs is told about aloud', async () => {
    redis = await startRedis({ 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' });
    const queues = await open();
    const { ok, problems } = await queues.health();
    expect(ok).toBe(true);
    expect(problems).toEqual([expect.stringContaining('noeviction'), expect.stringContaining('appendonly')]);
    expect(log.entries.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual(problems);
  });

  test('as a cluster holds both queues', async () => {
    redis = await startRedis({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' });
    await redis.command('CLUSTER ADDSLOTSRANGE 0 16383');
    while (!(await redis.command('CLUSTER INFO')).includes('cluster_state:ok')) await new Promise((resolve) => setTimeout(resolve, 20));
    const queues = await open(redis.url.replace('redis://', 'redis-cluster://'));
    await queues.wakeMany([
      { queue: 'runs', id: 'a', wakeSeq: 1 },
      { queue: 'runs', id: 'b', wakeSeq: 1 },
    ]);
    expect([await inbox.take(), await inbox.take()].sort()).toEqual(['a', 'b']);
  });
});
