import type { RedisClient } from './redis-connection.ts';

/**
 * What is set in Redis so that wake-ups get lost: nothing that matters (the sweeper wakes again), but it costs seconds each time.
 * Empty = all well. Rejects when Redis doesn't answer.
 */
export async function checkRedis(client: RedisClient): Promise<string[]> {
  const info = await client.info();
  const read = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  const problems: string[] = [];
  const policy = read('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    problems.push(`Redis may throw jobs away: maxmemory-policy is ${policy}; set it to noeviction`);
  }
  if (read('aof_enabled') === '0') {
    problems.push('Redis forgets jobs when it restarts: set appendonly to yes');
  }
  return problems;
}
