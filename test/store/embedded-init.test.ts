import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { bundleInitProgram, bundleProgram } from '../support/bundle-program.ts';
import { prepareDataDir } from '../support/database.ts';
import { createRecordingLog } from '../support/log.ts';

describe('the embedded database on disk', () => {
  let dataDir: string;
  let opener: string;
  const log = createRecordingLog();
  const open = () => openDatabase({ dataDir, log });

  beforeAll(async () => {
    await bundleInitProgram();
    opener = await bundleProgram(
      'opener',
      `import { openDatabase } from './src/store/database.ts';
       const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
       const database = await openDatabase({ dataDir: process.argv[2], log });
       await database.query('CREATE TABLE IF NOT EXISTS public.written (id int)');
       for (let id = 1; ; id += 1) {
         await database.query('INSERT INTO public.written VALUES ($1)', [id]);
         process.send(id);
       }`,
    );
  });
  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'bridge-embedded-')), 'data');
  });
  afterEach(() => rm(join(dataDir, '..'), { recursive: true, force: true, maxRetries: 5 }));

  test('is made at the first start, opened again later, and holds what was written', async () => {
    const first = await open();
    await migrate(first, migrations);
    await first.query(`INSERT INTO bridge.settings VALUES ('a', 'b')`);
    await first.close();
    const startedAt = performance.now();
    const second = await open();
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect((await second.query('SELECT * FROM bridge.settings')).rows).toEqual([{ key: 'a', value: 'b' }]);
    await second.close();
    expect((await readdir(dataDir)).filter((name) => !name.startsWith('database.lock'))).toEqual(['database']);
  }, 60_000);

  test('can be started again whenever the first start was killed', async () => {
    // Before initdb, in the middle of it, about its end.
    for (const afterMs of [200, 1000, 1800]) {
      const child = fork(opener, [dataDir], { stdio: 'ignore' });
      await Promise.race([new Promise((resolve) => setTimeout(resolve, afterMs)), once(child, 'message')]);
      await kill(child);
    }
    const database = await open();
    await migrate(database, migrations);
    expect((await database.query('SELECT count(*)::int AS runs FROM bridge.runs')).rows).toEqual([{ runs: 0 }]);
    await database.close();
    expect((await readdir(dataDir)).filter((name) => name.includes('.init-'))).toEqual([]);
  }, 90_000);

  test('says so when making it was interrupted, and can be made at the next start', async () => {
    const opening = open();
    const failure = expect(opening).rejects.toMatchObject({ code: 'database.init_failed' });
    let child: number | undefined;
    while (child === undefined) child = await findChild('init-database.js');
    process.kill(child, 'SIGKILL');
    await failure;
    const database = await open();
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await database.close();
  }, 60_000);

  test('keeps all that was acknowledged when the process is killed', async () => {
    await prepareDataDir(dataDir);
    let acknowledged = 0;
    for (const afterMs of [50, 200, 500]) {
      const child = fork(opener, [dataDir], { stdio: 'ignore' });
      let last = 0;
      child.on('message', (id) => (last = Number(id)));
      await once(child, 'message');
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await kill(child);
      acknowledged += last;
    }
    const database = await open();
    const { rows } = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM public.written');
    // One more a kill may have been written and not acknowledged.
    expect(rows[0]?.count).toBeGreaterThanOrEqual(acknowledged);
    expect(rows[0]?.count).toBeLessThanOrEqual(acknowledged + 3);
    await database.close();
  }, 60_000);

  test('refuses a second process, which leaves the first one alone', async () => {
    await prepareDataDir(dataDir);
    const database = await open();
    const child = fork(opener, [dataDir], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let complaint = '';
    child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()));
    await once(child, 'close');
    expect(child.exitCode).not.toBe(0);
    expect(complaint).toContain(`in use by process ${process.pid}`);
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await database.close();
  });

  test('that is damaged is reported with what to do, and the lock is let go', async () => {
    await mkdir(join(dataDir, 'database'), { recursive: true });
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '17');
    await expect(open()).rejects.toMatchObject({ code: 'database.unusable' });
    await expect(open()).rejects.toMatchObject({ code: 'database.unusable' });
  });

  test('in a directory that can not be made names the setting', async () => {
    await writeFile(join(dataDir, '..', 'file'), '');
    dataDir = join(dataDir, '..', 'file', 'data');
    await expect(open()).rejects.toMatchObject({ code: 'database.data_dir', message: expect.stringContaining('DATA_DIR') });
    dataDir = join(dataDir, '..', '..', 'data');
  });
});

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** The pid of a child of this process whose command line names `program`. */
async function findChild(program: string): Promise<number | undefined> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  for (const pid of children.split(' ').filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(program)) return Number(pid);
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  return undefined;
}
