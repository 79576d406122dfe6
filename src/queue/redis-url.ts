import type { RedisOptions as DriverOptions } from 'ioredis';
import { ConfigError } from '../core/errors.ts';

/** The driver's options but one whose type doesn't bear `exactOptionalPropertyTypes`. */
export type RedisOptions = Omit<DriverOptions, 'replyMapping'>;

/** Where Redis is, in the three shapes it comes in. */
export type RedisTarget =
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'sentinel'; readonly options: RedisOptions }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[]; readonly options: RedisOptions };

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** scheme://[user[:password]@]host[:port][,host[:port]…][/path]; a URL class refuses the comma. */
const SEVERAL_HOSTS = /^(redis|rediss)[-+](sentinel|cluster):\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^/?]*))?(?:\/(\d+))?$/;

/**
 * What REDIS_URL may say:
 *
 * - `redis://user:password@host:6379/0`, with TLS `rediss://…`: one server (or a proxy in front of several).
 * - `redis+sentinel://user:password@host:26379,host:26379/<master name>/0` (`rediss+sentinel://` = TLS to Redis and to the sentinels):
 *   user and password are those of Redis; sentinels must not ask for one.
 * - `redis-cluster://user:password@host:6379,host:6379` (`rediss-cluster://` = TLS): any nodes of the cluster; the rest is found.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const [, scheme, kind, credentials, hosts, first, second] = SEVERAL_HOSTS.exec(url) ?? [];
  if (scheme === undefined || kind === undefined || hosts === undefined) {
    if (/^rediss?:\/\/[^,]+$/.test(url) && URL.canParse(url)) return { kind: 'single', url };
    throw refuse('it must begin with redis://, rediss://, redis+sentinel:// or redis-cluster://');
  }
  const [username, password] = splitOnce(credentials ?? '', ':').map(decodeURIComponent);
  const options: RedisOptions = {
    ...(username && { username }),
    ...(password && { password }),
    ...(scheme === 'rediss' && { tls: {} }),
  };
  const nodes = parseHosts(hosts, kind === 'sentinel' ? 26_379 : 6379);
  if (kind === 'cluster') {
    if (first || second) throw refuse('a cluster has no database number');
    return { kind: 'cluster', nodes, options };
  }
  if (!first) throw refuse('the name of the master is missing: redis+sentinel://host:26379/<master name>');
  return {
    kind: 'sentinel',
    options: {
      ...options,
      sentinels: nodes,
      name: decodeURIComponent(first),
      db: Number(second ?? 0),
      ...(scheme === 'rediss' && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    },
  };
}

function parseHosts(hosts: string, defaultPort: number): HostPort[] {
  return hosts.split(',').map((text) => {
    const [, host, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
    if (host === undefined) throw refuse(`"${text}" is not a host with a port`);
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? defaultPort) };
  });
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Never repeats the URL: there may be a password in it. */
function refuse(reason: string): ConfigError {
  return new ConfigError({ code: 'queue.redis_url', message: `REDIS_URL can't be used: ${reason}` });
}
