import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { startServer } from './child.ts';
import { findFreePort } from './free-port.ts';

const run = promisify(execFile);
const INSTALLATIONS = '/usr/lib/postgresql';

/** A PostgreSQL cluster of a test's own, on 127.0.0.1. */
export interface TestPostgres {
  readonly port: number;
  url(database?: string): string;
  /** Runs SQL as superuser in the database `postgres`. */
  execute(sql: string): Promise<void>;
  /** A new database, as a copy of `template` where given; returns its name. */
  createDatabase(template?: string): Promise<string>;
  /** The server dies without shutting down; it recovers at the next `start`. */
  crash(): Promise<void>;
  /** Ordinary shutdown, ending open connections. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and removes the cluster. */
  close(): Promise<void>;
}

/** Why there is no PostgreSQL to test on; undefined when there is. Under CI a missing one is an error. */
export function missingPostgres(): string | undefined {
  if (findBinaries() !== undefined) return undefined;
  const reason = `no PostgreSQL in ${INSTALLATIONS}/*/bin: tests on a real server are skipped (apt-get install postgresql)`;
  if (process.env['CI']) throw new Error(reason);
  return reason;
}

export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const binaries = findBinaries();
  if (binaries === undefined) throw new Error(missingPostgres());
  const directory = await mkdtemp(join(tmpdir(), 'bridge-postgres-'));
  const owner = await findOwner();
  if (owner) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, 'data');
  await run(join(binaries, 'initdb'), ['-D', data, '-N', '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-instructions'], {
    cwd: directory,
    ...owner,
  });

  const port = await findFreePort();
  const url = (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const execute = async (sql: string) => {
    const client = new Client({ connectionString: url(), connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const isReady = () =>
    execute('SELECT 1').then(
      () => true,
      () => false,
    );
  // Not synced to disk: a crash here is a killed process, never a power cut.
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: directory,
    fsync: 'off',
    max_connections: '200',
    ...settings,
  };
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const launch = () => startServer(join(binaries, 'postgres'), args, { cwd: directory, ...owner, isReady });

  let server = await launch();
  let databases = 0;
  return {
    port,
    url,
    execute,
    createDatabase: async (template) => {
      const name = `test_${(databases += 1)}`;
      await execute(`CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
      return name;
    },
    // "Immediate": the postmaster takes its children with it, which SIGKILL doesn't.
    crash: () => server.end('SIGQUIT'),
    stop: () => server.end('SIGINT'),
    start: async () => {
      server = await launch();
    },
    close: async () => {
      await server.end('SIGQUIT');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The folder with the programs of the newest version installed. */
function findBinaries(): string | undefined {
  if (!existsSync(INSTALLATIONS)) return undefined;
  return readdirSync(INSTALLATIONS)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(INSTALLATIONS, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'postgres')));
}

/** PostgreSQL refuses to run as root. */
async function findOwner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)));
  if (uid === undefined || gid === undefined) throw new Error('no user postgres');
  return { uid, gid };
}
