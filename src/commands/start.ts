import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startApp } from '../app.ts';
import { systemClock } from '../core/clock.ts';
import { tell, UsageError, type Command } from './command.ts';
import { createLog } from './create-log.ts';
import { readConfig } from './read-config.ts';
import { untilStopped } from './until-stopped.ts';

export const start: Command = {
  name: 'start',
  usage: 'start [--role all|web|worker] [--config file.yaml]',
  summary: 'Run the bridge.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { role: { type: 'string', default: 'all' }, config: { type: 'string' } },
      strict: true,
    });
    const role = z.enum(['all', 'web', 'worker']).safeParse(values.role);
    if (!role.success) throw new UsageError('--role is all, web or worker');
    const config = readConfig(role.data, values.config);
    const log = createLog(config.LOG_LEVEL);
    process.on('uncaughtException', (error) => {
      // What is needed after a crash is in the database: going on in an unknown state is the greater danger (R12).
      log.error({ err: error }, 'uncaught; the process ends and starts again');
      process.exit(1);
    });
    const app = await startApp({
      config,
      clock: systemClock,
      log,
      printOnce: tell,
      onFatal: (reason) => {
        log.error({ reason }, 'fatal');
        process.exit(1);
      },
    });
    tell(`Incident Bridge is ready: ${app.publicUrl}`);
    await untilStopped();
    await app.stop();
    return 0;
  },
};
