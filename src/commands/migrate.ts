import { systemClock } from '../core/clock.ts';
import { openDatabase } from '../store/database.ts';
import { migrate as migrateStore } from '../store/migrate.ts';
import { migrations } from '../store/migrations/index.ts';
import { print, type Command } from './command.ts';
import { createLog } from './create-log.ts';
import { readConfig } from './read-config.ts';

export const migrate: Command = {
  name: 'migrate',
  usage: 'migrate',
  summary: 'Bring the database’s tables up to date. `start` does it too; this is for deployments that want it apart.',
  async run() {
    const config = readConfig('all', undefined);
    const log = createLog(config.LOG_LEVEL);
    const began = systemClock.now().getTime();
    const database = await openDatabase({ url: config.DATABASE_URL, dataDir: config.DATA_DIR, log });
    try {
      const { ran } = await migrateStore(database, migrations, { queue: config.REDIS_URL === undefined, log });
      print(ran.length === 0 ? 'The tables are up to date.' : `Ran ${ran.join(', ')} in ${systemClock.now().getTime() - began} ms.`);
    } finally {
      await database.close();
    }
    return 0;
  },
};
