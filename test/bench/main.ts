import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { missingPostgres, startPostgres } from '../support/postgres.ts';
import { missingRedis, startRedis } from '../support/redis.ts';
import { cpuSeconds, peakMegabytes } from './process-cost.ts';
import { percentile, Sender, webhook } from './send-load.ts';

/**
 * `npm run bench`: what the bridge does a second, and what it costs, on this machine. One bridge process (all roles), real stores, vendors
 * that answer at once. Prints a table and one line of JSON; asserts nothing.
 */
const SECRET = 'bench-webhook-secret';
const Counts = z.record(z.string(), z.number());

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    modes: { type: 'string', default: 'embedded,scaled' },
    runs: { type: 'string' },
    profile: { type: 'string' },
  },
  strict: true,
});

/** `--profile <folder>`: a CPU profile of the bridge, for Chrome's performance panel. */
const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];

/** The five calls of the aim: channel, member, issue, two posts. */
const FIVE_CALLS = `
name: five_calls
triggers: [{ name: Incident, type: pagerduty, if: 'Event.Urgency == "high"' }]
steps:
  - name: Open
    start_actions:
      - { name: WarRoom, type: create_channel, channel_name: 'inc-{{.Instance.Number}}', channel_displayname: '{{.Event.Title}}' }
      - { name: Join, type: add_users_channel, channel_name: '{{.Action.WarRoom.ChannelName}}', users: [alice] }
      - { name: Ticket, type: create_issue, summary: '{{.Event.Title}}' }
      - { name: Links, type: post, channel_name: '{{.Action.WarRoom.ChannelName}}', message: 'PagerDuty {{.Event.URL}} Jira {{.Action.Ticket.URL}}' }
      - { name: Card, type: post, channel_name: '{{.Action.WarRoom.ChannelName}}', message: '{{.Event.Title}}', transitions: [{ label: Resolve, to: Resolved }] }
  - name: Resolved
    start_actions: [{ name: End, type: finished_workflow }]
`;

interface Row {
  readonly mode: string;
  readonly accepted: {
    readonly perSecond: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly at200: { readonly p50Ms: number; readonly p99Ms: number };
  };
  readonly openings: Cost;
  readonly lives: Cost;
  readonly peakMb: number;
}

interface Cost {
  readonly runs: number;
  readonly perSecond: number;
  /** CPU seconds of the bridge and of its stores for 1 000 runs. */
  readonly bridgeCpu: number;
  readonly storesCpu: number;
}

interface Stores {
  readonly env: Record<string, string>;
  readonly pids: () => readonly number[];
  close(): Promise<void>;
}

async function openStores(mode: string): Promise<Stores> {
  if (mode === 'embedded') return { env: {}, pids: () => [], close: () => Promise.resolve() };
  const postgres = await startPostgres({ fsync: 'on' });
  const redis = mode === 'scaled' ? await startRedis({ 'maxmemory-policy': 'noeviction' }) : undefined;
  const database = await postgres.createDatabase();
  return {
    env: { DATABASE_URL: postgres.url(database), ...(redis ? { REDIS_URL: redis.url } : {}) },
    pids: () => [listenerOf(postgres.port), ...(redis ? [listenerOf(redis.port)] : [])],
    async close() {
      await redis?.close();
      await postgres.close();
    },
  };
}

/** The process that listens on a port of this machine. */
function listenerOf(port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inode = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A')?.[9];
  return findOwner(inode ?? '');
}

function findOwner(inode: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      if (links.includes(`socket:[${inode}]`)) return Number(pid);
    } catch {
      // Ended meanwhile, or not ours to look at.
    }
  }
  throw new Error('a store has no process');
}

class Bench {
  readonly mode: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'bridge-bench-'));
  #bridge: ChildProcess | undefined;
  #stores: Stores | undefined;
  #vendors: { readonly child: ChildProcess; readonly url: string } | undefined;
  #sender: Sender | undefined;
  #serial = 0;

  constructor(mode: string) {
    this.mode = mode;
  }

  async start(): Promise<void> {
    this.#stores = await openStores(this.mode);
    this.#vendors = await startVendors();
    mkdirSync(join(this.#folder, 'five'));
    writeFileSync(join(this.#folder, 'five', 'five-calls.yaml'), FIVE_CALLS);
  }

  /** A new bridge on the same stores, with the playbooks of a folder. */
  async restart(playbooks: string | undefined): Promise<void> {
    await this.#stopBridge();
    const url = this.#vendors?.url ?? '';
    const env = {
      ...process.env,
      ...this.#stores?.env,
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: join(this.#folder, 'data'),
      ...(playbooks === undefined ? {} : { PLAYBOOKS_DIR: join(this.#folder, playbooks) }),
      LOG_LEVEL: 'warn',
      ADMIN_PASSWORD: 'bench-night-watch',
      MATTERMOST_URL: `${url}/mattermost`,
      MATTERMOST_TOKEN: 'x',
      MATTERMOST_TEAM: 'ops',
      PAGERDUTY_API_URL: `${url}/pagerduty`,
      PAGERDUTY_TOKEN: 'x',
      PAGERDUTY_FROM: 'bridge@example.test',
      PAGERDUTY_WEBHOOK_SECRET: SECRET,
      JIRA_URL: `${url}/jira`,
      JIRA_EMAIL: 'bridge@example.test',
      JIRA_TOKEN: 'x',
      JIRA_PROJECT: 'OPS',
      JIRA_CONCURRENCY: '32',
    };
    const child = spawn(process.execPath, [...profiling, 'dist/main.js', 'start'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#bridge = child;
    const origin = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += String(chunk);
        const found = /ready: (http:\S+)/.exec(text)?.[1];
        if (found) resolve(found.replace('localhost', '127.0.0.1'));
      });
      child.once('exit', () => {
        reject(new Error(`the bridge did not start:\n${text}`));
      });
    });
    this.#sender = new Sender(origin, SECRET);
  }

  async counts(): Promise<Record<string, number>> {
    const response = await fetch(`${this.#vendors?.url ?? ''}/counts`);
    return Counts.parse(await response.json());
  }

  bodies(name: 'triggered' | 'acknowledged' | 'resolved', count: number, urgency: 'high' | 'low', from = this.#serial): readonly string[] {
    if (from === this.#serial) this.#serial += count;
    return Array.from({ length: count }, (_, index) => webhook(name, from + index, urgency));
  }

  get sender(): Sender {
    if (!this.#sender) throw new Error('not started');
    return this.#sender;
  }

  get serial(): number {
    return this.#serial;
  }

  cost(): { bridge: number; stores: number } {
    return {
      bridge: cpuSeconds(this.#bridge?.pid ?? 0),
      stores: (this.#stores?.pids() ?? []).reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    };
  }

  peakMb(): number {
    return peakMegabytes(this.#bridge?.pid ?? 0);
  }

  async until(what: string, target: number): Promise<void> {
    const end = performance.now() + 300_000;
    for (let now = await this.counts(); (now[what] ?? 0) < target; now = await this.counts()) {
      if (performance.now() > end) throw new Error(`${what} stayed at ${now[what] ?? 0} of ${target}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #stopBridge(): Promise<void> {
    const child = this.#bridge;
    if (!child) return;
    await this.#sender?.close();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.#stopBridge();
    this.#vendors?.child.kill('SIGKILL');
    await this.#stores?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function startVendors(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['dist/bench-vendors.js'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    child.stdout.once('data', (chunk) => {
      resolve({ child, url: `http://127.0.0.1:${String(chunk).trim()}` });
    });
  });
}

async function costOf(bench: Bench, runs: number, work: () => Promise<void>): Promise<Cost> {
  const before = bench.cost();
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const after = bench.cost();
  return {
    runs,
    perSecond: runs / seconds,
    bridgeCpu: ((after.bridge - before.bridge) / runs) * 1000,
    storesCpu: ((after.stores - before.stores) / runs) * 1000,
  };
}

async function measure(mode: string): Promise<Row> {
  const size = Number(values.runs ?? (mode === 'embedded' ? 300 : 2000)) / (values.smoke ? 10 : 1);
  const bench = new Bench(mode);
  await bench.start();
  try {
    await bench.restart('five');
    await bench.sender.closedLoop(bench.bodies('triggered', Math.min(100, size), 'high'), 16);
    await bench.until('posts', 2 * Math.min(100, size));

    const accepted = await bench.sender.closedLoop(bench.bodies('triggered', size * 2, 'low'), 32);
    const steady = await bench.sender.openLoop(bench.bodies('triggered', values.smoke ? 100 : 1000, 'low'), 200);

    const posts = (await bench.counts())['posts'] ?? 0;
    const openings = await costOf(bench, size, async () => {
      await bench.sender.closedLoop(bench.bodies('triggered', size, 'high'), 32);
      await bench.until('posts', posts + 2 * size);
    });
    const peakMb = bench.peakMb();

    await bench.restart(undefined);
    const lives = Math.round(size / 4);
    const first = bench.serial;
    const before = await bench.counts();
    const life = await costOf(bench, lives, async () => {
      await bench.sender.closedLoop(bench.bodies('triggered', lives, 'high'), 32);
      await bench.until('posts', (before['posts'] ?? 0) + 3 * lives);
      await bench.sender.closedLoop(bench.bodies('acknowledged', lives, 'high', first), 32);
      await bench.until('posts', (before['posts'] ?? 0) + 4 * lives);
      await bench.sender.closedLoop(bench.bodies('resolved', lives, 'high', first), 32);
      await bench.until('posts', (before['posts'] ?? 0) + 6 * lives);
    });
    return {
      mode,
      accepted: {
        perSecond: accepted.latencies.length / accepted.seconds,
        p50Ms: percentile(accepted.latencies, 0.5),
        p99Ms: percentile(accepted.latencies, 0.99),
        at200: { p50Ms: percentile(steady.latencies, 0.5), p99Ms: percentile(steady.latencies, 0.99) },
      },
      openings,
      lives: life,
      peakMb: Math.max(peakMb, bench.peakMb()),
    };
  } finally {
    await bench.close();
  }
}

const LABELS: Readonly<Record<string, string>> = { embedded: 'embedded (PGlite)', server: 'PostgreSQL', scaled: 'PostgreSQL + Redis' };

function table(rows: readonly Row[]): string {
  const cost = ({ perSecond, bridgeCpu, storesCpu }: Cost) =>
    `${perSecond.toFixed(0)}/s | ${bridgeCpu.toFixed(1)} + ${storesCpu.toFixed(1)}`;
  return [
    '| store | webhooks accepted (p50 / p99) | at 200/s: p50 / p99 | five-call openings | CPU s per 1 000: bridge + stores | full lives, shipped playbook | CPU s per 1 000 | peak memory |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| ${LABELS[row.mode] ?? row.mode} | ${row.accepted.perSecond.toFixed(0)}/s (${row.accepted.p50Ms.toFixed(1)} / ${row.accepted.p99Ms.toFixed(1)} ms) | ${row.accepted.at200.p50Ms.toFixed(1)} / ${row.accepted.at200.p99Ms.toFixed(1)} ms | ${cost(row.openings)} | ${cost(row.lives)} | ${row.peakMb} MB |`,
    ),
  ].join('\n');
}

const rows: Row[] = [];
for (const mode of values.modes.split(',')) {
  const missing = mode === 'embedded' ? undefined : (missingPostgres() ?? (mode === 'scaled' ? missingRedis() : undefined));
  if (missing === undefined) rows.push(await measure(mode));
  else process.stderr.write(`${mode}: skipped, ${missing}\n`);
}
process.stdout.write(`${table(rows)}\n\n${JSON.stringify({ rows })}\n`);
process.exit(0);
