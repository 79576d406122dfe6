import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/core/errors.ts';
import { parseRedisUrl } from '../../src/queue/redis-url.ts';

describe('REDIS_URL', () => {
  test.each(['redis://localhost', 'redis://:secret@[::1]:6380/2', 'rediss://user:p%40ss@redis.example:6379'])('%s is one server', (url) => {
    expect(parseRedisUrl(url)).toEqual({ kind: 'single', url });
  });

  test('names sentinels and their master', () => {
    expect(parseRedisUrl('redis+sentinel://user:p%40:ss@a:26379,b,[::1]:7/mymaster/2')).toEqual({
      kind: 'sentinel',
      options: {
        username: 'user',
        password: 'p@:ss',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26379 },
          { host: '::1', port: 7 },
        ],
        name: 'mymaster',
        db: 2,
      },
    });
  });

  test('asks for TLS to Redis and sentinels alike', () => {
    expect(parseRedisUrl('rediss+sentinel://a/m')).toMatchObject({ options: { tls: {}, enableTLSForSentinelMode: true, sentinelTLS: {} } });
  });

  test('names nodes of a cluster', () => {
    expect(parseRedisUrl('rediss-cluster://:secret@a:7000,b')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
      ],
      options: { password: 'secret', tls: {} },
    });
  });

  test.each([
    ['localhost:6379', 'redis://'],
    ['http://localhost', 'redis://'],
    ['redis://a:1,b:2', 'redis-cluster://'],
    ['redis+sentinel://a:26379', 'master'],
    ['redis-cluster://a/1', 'database number'],
    ['redis-cluster://:secret@a:b:c', 'not a host'],
  ])('%s is refused with a hint, and never repeated where it holds a password', (url, hint) => {
    expect(() => parseRedisUrl(url)).toThrow(ConfigError);
    expect(() => parseRedisUrl(url)).toThrow(hint);
    expect(() => parseRedisUrl(url)).not.toThrow('secret');
  });
});
