import { z } from 'zod';
import type { Config } from '../config.ts';
import type { HealthFinding } from '../core/connector.ts';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { openQueues } from '../queue/open-queues.ts';
import { openDatabase, type Database } from '../store/database.ts';

const Facts = z.object({ version: z.string(), skew_ms: z.number(), migrated: z.boolean() });
const WAIT_MS = 5000;

/** Opens the stores as the bridge would, and looks. Changes nothing. */
export async function checkStores(config: Config, log: Log): Promise<readonly HealthFinding[]> {
  if (config.DATABASE_URL === undefined) {
    return [
      {
        ok: true,
        what: 'database',
        message: `embedded, in ${config.DATA_DIR}; survives a killed process, but not every power cut`,
        advice: 'set DATABASE_URL to a PostgreSQL for anything that matters',
      },
    ];
  }
  let database: Database | undefined;
  try {
    database = await openDatabase({ url: config.DATABASE_URL, dataDir: config.DATA_DIR, poolSize: 2, waitMs: WAIT_MS, log });
    const { rows } = await database.query(
      `SELECT current_setting('server_version') AS version, (extract(epoch FROM clock_timestamp()) * 1000 - $1::double precision)::double precision AS skew_ms, to_regclass('bridge.runs') IS NOT NULL AS migrated`,
      [Date.now()],
    );
    const { version, skew_ms, migrated } = Facts.parse(rows[0]);
    const skewS = Math.abs(skew_ms) / 1000;
    const findings: HealthFinding[] = [
      {
        ok: Number(version.split('.')[0]) >= 14,
        what: 'PostgreSQL',
        message: version,
        advice: Number(version.split('.')[0]) >= 14 ? '' : 'use PostgreSQL 14 or newer',
      },
      {
        ok: skewS < 2,
        what: 'clock',
        message: `${skewS.toFixed(1)} s from the database’s`,
        advice: skewS < 2 ? '' : 'set both hosts’ clocks by NTP',
      },
      { ok: true, what: 'tables', message: migrated ? 'there' : 'not made yet; `migrate` or the first start makes them', advice: '' },
    ];
    return [...findings, ...(config.REDIS_URL === undefined || !migrated ? [] : await checkQueue(config, database, log))];
  } catch (error) {
    return [
      {
        ok: false,
        what: 'PostgreSQL',
        message: messageOf(error),
        advice: 'check DATABASE_URL and that the server accepts connections from here',
      },
    ];
  } finally {
    await database?.close();
  }
}

async function checkQueue(config: Config, database: Database, log: Log): Promise<readonly HealthFinding[]> {
  try {
    const queues = await openQueues({ database, redisUrl: config.REDIS_URL, role: 'doctor', waitMs: WAIT_MS, log });
    const health = await queues.health();
    await queues.close({ drainMs: 0 });
    const problems = health.problems.map((problem): HealthFinding => ({
      ok: false,
      what: 'Redis',
      message: problem,
      advice: 'change it in redis.conf and restart Redis',
    }));
    return problems.length > 0 ? problems : [{ ok: true, what: 'Redis', message: 'reachable, keeps what it is given', advice: '' }];
  } catch (error) {
    return [{ ok: false, what: 'Redis', message: messageOf(error), advice: 'check REDIS_URL' }];
  }
}
