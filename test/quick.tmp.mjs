// src/store/embedded/open-embedded.ts
import { PGlite } from "@electric-sql/pglite";
import { mkdir, readFile as readFile3 } from "node:fs/promises";
import { join as join3 } from "node:path";

// src/core/errors.ts
var BridgeError = class extends Error {
  code;
  constructor(details) {
    super(details.message, { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
  }
};
var RetryableError = class extends BridgeError {
  kind = "retryable";
  /** The earliest next try, in milliseconds from now, as the vendor asked for; a floor for our own back-off. */
  retryAfterMs;
  /** False when no request was sent at all (circuit open, connection paused): such a try uses up no attempt. */
  countsAsAttempt;
  constructor(details) {
    super(details);
    this.retryAfterMs = details.retryAfterMs;
    this.countsAsAttempt = details.countsAsAttempt ?? true;
  }
};
var ConfigError = class extends BridgeError {
  kind = "config";
};
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

// src/store/connection.ts
function runQuery(target2, query, values) {
  if (typeof query !== "string") return target2.query({ name: query.name, text: query.text, values: [...query.values ?? []] });
  return values === void 0 ? target2.query(query) : target2.query(query, [...values]);
}
async function inTransaction(client, work) {
  await client.query("BEGIN");
  const result = await work(client).catch(async (error) => {
    await client.query("ROLLBACK").catch(() => void 0);
    throw error;
  });
  const { command } = await client.query("COMMIT");
  if (command !== "COMMIT") throw new Error("the transaction was rolled back: one of its statements had failed");
  return result;
}

// src/store/embedded/data-directory-lock.ts
import { readdir, readFile as readFile2, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z as z2 } from "zod";

// src/store/embedded/process-identity.ts
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { z } from "zod";
var ProcessIdentity = z.object({
  pid: z.int(),
  /** When it started, in the kernel's ticks since boot; '' where there is no /proc. */
  startedAt: z.string(),
  /** Host, boot and pid namespace: only where all agree do pids mean the same. */
  place: z.string()
});
async function identifyThisProcess() {
  const [stat2, boot, namespace] = await Promise.all([
    readStat(process.pid),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => "")
  ]);
  return { pid: process.pid, startedAt: stat2?.startedAt ?? "", place: [hostname(), boot.trim(), namespace].join(" ") };
}
async function tellAlive(other, self) {
  if (other.place !== self.place) return "unknown";
  if (self.startedAt !== "") {
    const stat2 = await readStat(other.pid);
    return stat2 === void 0 || stat2.startedAt !== other.startedAt || "ZX".includes(stat2.state) ? "dead" : "alive";
  }
  try {
    process.kill(other.pid, 0);
    return "unknown";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH" ? "dead" : "unknown";
  }
}
async function readStat(pid) {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => void 0);
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, startedAt] = [fields?.[0], fields?.[19]];
  return state === void 0 || startedAt === void 0 ? void 0 : { state, startedAt };
}

// src/store/embedded/data-directory-lock.ts
var PREFIX = "database.lock.";
var HEARTBEAT_MS = 2e3;
var WATCH_MS = 8e3;
var LockFile = z2.union([z2.object({ released: z2.literal(true) }), ProcessIdentity]);
async function lockDataDirectory(dataDir, watchMs = WATCH_MS) {
  const self = await identifyThisProcess();
  for (; ; ) {
    const highest = await findHighest(dataDir);
    if (highest > 0) await refuseIfHeld(dataDir, highest, self, watchMs);
    const path = join(dataDir, `${PREFIX}${highest + 1}`);
    if (!await createFile(path, JSON.stringify(self))) continue;
    if (await findHighest(dataDir) > highest + 1) {
      await rm(path, { force: true });
      continue;
    }
    await removeBelow(dataDir, highest + 1);
    return hold(path);
  }
}
function hold(path) {
  const heartbeat = setInterval(() => void utimes(path, /* @__PURE__ */ new Date(), /* @__PURE__ */ new Date()).catch(() => void 0), HEARTBEAT_MS);
  heartbeat.unref();
  let releasing;
  const release = async () => {
    clearInterval(heartbeat);
    await writeFile(`${path}.released`, JSON.stringify({ released: true }));
    await rename(`${path}.released`, path);
  };
  return { release: () => releasing ??= release() };
}
async function refuseIfHeld(dataDir, generation, self, watchMs) {
  const path = join(dataDir, `${PREFIX}${generation}`);
  const holder = await readLock(path);
  if (holder === "released") return;
  const answer = holder === void 0 ? "unknown" : await tellAlive(holder, self);
  if (answer === "dead" || answer === "unknown" && !await isBeating(path, watchMs)) return;
  const who = holder === void 0 ? "another process" : holder.pid === self.pid && answer === "alive" ? "this very process" : `process ${holder.pid} (${holder.place.split(" ")[0]})`;
  throw new ConfigError({
    code: "database.in_use",
    message: `the data directory ${dataDir} is in use by ${who}: stop that one, or set DATA_DIR to another directory. To run several processes, set DATABASE_URL to a PostgreSQL server.`
  });
}
async function readLock(path) {
  const text = await readFile2(path, "utf8").catch(() => "");
  try {
    const parsed = LockFile.parse(JSON.parse(text));
    return "released" in parsed ? "released" : parsed;
  } catch {
    return void 0;
  }
}
async function isBeating(path, watchMs) {
  const before = await modifiedAt(path);
  for (let waited = 0; waited < watchMs; waited += 250) {
    await sleep(250);
    const now = await modifiedAt(path);
    if (now !== before) return now !== void 0;
  }
  return false;
}
async function modifiedAt(path) {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => void 0
  );
}
async function findHighest(dataDir) {
  return Math.max(0, ...await listGenerations(dataDir));
}
async function listGenerations(dataDir) {
  const names = await readdir(dataDir);
  return names.filter((name) => /^database\.lock\.\d+$/.test(name)).map((name) => Number(name.slice(PREFIX.length)));
}
async function removeBelow(dataDir, generation) {
  const older = (await listGenerations(dataDir)).filter((each) => each < generation);
  await Promise.all(older.map((each) => rm(join(dataDir, `${PREFIX}${each}`), { force: true })));
}
async function createFile(path, text) {
  try {
    await writeFile(path, text, { flag: "wx", mode: 384 });
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
    throw new ConfigError({
      code: "database.data_dir",
      message: `the data directory can't be written (${messageOf(cause)}): set DATA_DIR to a directory that this user may write`,
      cause
    });
  }
}

// src/store/embedded/ensure-initialised.ts
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, readdir as readdir2, rename as rename2, rm as rm2 } from "node:fs/promises";
import { basename, dirname, join as join2 } from "node:path";
import { fileURLToPath } from "node:url";
async function ensureInitialised(directory, log2) {
  await removeAbandoned(directory);
  if (await exists(join2(directory, "PG_VERSION"))) return;
  const startedAt = performance.now();
  const beside = `${directory}.init-${process.pid}-${randomUUID().slice(0, 8)}`;
  try {
    await runInitProgram(await findInitProgram(), beside);
    await rename2(beside, directory);
  } catch (error) {
    await rm2(beside, { recursive: true, force: true });
    throw error;
  }
  log2.info({ directory, durationMs: Math.round(performance.now() - startedAt) }, "made the embedded database");
}
async function removeAbandoned(directory) {
  const prefix = `${basename(directory)}.init-`;
  const names = await readdir2(dirname(directory));
  await Promise.all(
    names.filter((name) => name.startsWith(prefix)).map((name) => rm2(join2(dirname(directory), name), { recursive: true, force: true, maxRetries: 3 }).catch(() => void 0))
  );
}
function runInitProgram(program, directory) {
  return new Promise((resolve2, reject) => {
    const child = spawn(process.execPath, [program, directory], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let complaint = "";
    child.stderr?.on("data", (text) => complaint = (complaint + text.toString()).slice(-2e3));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) return resolve2();
      reject(
        new ConfigError({
          code: "database.init_failed",
          message: `the embedded database could not be made in ${directory} (${signal ?? `exit ${code}`}): it needs 200 MB of disk and 1 GB of memory once. ${complaint.trim()}`
        })
      );
    });
  });
}
async function findInitProgram() {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!await exists(join2(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  const program = join2(folder, "dist", "init-database.js");
  if (await exists(program)) return program;
  throw new ConfigError({ code: "database.init_program", message: `${program} is missing: build the project first (npm run build)` });
}
async function exists(path) {
  return access(path).then(
    () => true,
    () => false
  );
}

// src/store/embedded/pool.ts
import { EventEmitter as EventEmitter2 } from "node:events";

// src/store/bullmq-pool.ts
import { isPgPool } from "bullmq";
function toBullmqPool(pool) {
  if (!isPgPool(pool)) throw new TypeError("not a pool that BullMQ can use");
  return pool;
}

// src/store/embedded/client.ts
import { EventEmitter } from "node:events";

// src/store/embedded/parse-listen.ts
var LISTEN = /^(?:\s|--[^\n]*\n|\/\*[^*]*\*\/)*(listen|unlisten)\s+("?)([a-z_][\w$]*|\*)\2\s*;?\s*$/i;
function parseListen(sql) {
  const [, command, quote2, name] = LISTEN.exec(sql) ?? [];
  if (command === void 0 || name === void 0) return void 0;
  return { command: command.toLowerCase() === "listen" ? "listen" : "unlisten", channel: quote2 === '"' ? name : name.toLowerCase() };
}

// src/store/embedded/client.ts
function createEmbeddedClient(session, options) {
  const channels = /* @__PURE__ */ new Set();
  let holding = false;
  let lost = false;
  let released = false;
  let idleTimer;
  let last = Promise.resolve();
  const giveUpSession = () => {
    clearTimeout(idleTimer);
    holding = false;
    session.release();
  };
  const run = async (query2, values) => {
    if (lost) throw new IdleTransactionError();
    clearTimeout(idleTimer);
    if (!holding) {
      await session.acquire();
      holding = true;
    }
    try {
      return await session.query(query2, values);
    } finally {
      if (!session.isInTransaction()) giveUpSession();
      else {
        idleTimer = setTimeout(() => {
          lost = true;
          giveUpSession();
        }, options.idleTransactionMs);
        idleTimer.unref();
      }
    }
  };
  const query = (sql, values) => {
    if (released) return Promise.reject(new Error("this client was released"));
    const listen = typeof sql === "string" ? parseListen(sql) : void 0;
    if (listen?.command === "unlisten") {
      if (listen.channel === "*") channels.clear();
      else channels.delete(listen.channel);
      return Promise.resolve({ rows: [], rowCount: null, command: "UNLISTEN" });
    }
    if (listen) channels.add(listen.channel);
    const result = last.then(() => run(sql, values));
    last = result.catch(() => void 0);
    return result;
  };
  const release = () => {
    if (released) throw new Error("this client was released before");
    released = true;
    void last.then(() => {
      if (holding) giveUpSession();
    });
    options.onRelease();
  };
  return Object.assign(new EventEmitter(), { channels, query, release });
}
var IdleTransactionError = class extends Error {
  code = "25P03";
  constructor() {
    super("terminating connection due to idle-in-transaction timeout");
    this.name = "IdleTransactionError";
  }
};

// src/store/embedded/pool.ts
function createEmbeddedPool(session, options) {
  const emitter = new EventEmitter2();
  emitter.setMaxListeners(100);
  const clients = /* @__PURE__ */ new Set();
  const connect = () => {
    const client = createEmbeddedClient(session, {
      ...options,
      onRelease: () => clients.delete(client)
    });
    clients.add(client);
    return Promise.resolve(client);
  };
  const query = async (text, values) => {
    await session.acquire();
    try {
      return await session.query(text, values);
    } finally {
      session.release();
    }
  };
  session.onNotification((notification) => {
    for (const client of clients) if (client.channels.has(notification.channel)) client.emit("notification", notification);
  });
  session.onBreakdown((error) => {
    for (const target2 of [emitter, ...clients]) if (target2.listenerCount("error") > 0) target2.emit("error", error);
  });
  const pool = Object.assign(emitter, { connect, query, end: () => Promise.resolve(), options: { keepAlive: true } });
  return { connect, query, forBullMQ: toBullmqPool(pool) };
}

// src/store/embedded/session.ts
import { Client } from "pg";

// src/store/embedded/pglite-stream.ts
import { Duplex } from "node:stream";
var READY_FOR_QUERY = Buffer.from([90, 0, 0, 0, 5]);
var TERMINATE = 88;
function createPgliteStream(pglite) {
  const run = (bytes, done2) => {
    if (bytes[0] === TERMINATE) return done2();
    setImmediate(() => {
      void answerTo(pglite, bytes).then(
        (answer) => {
          if (answer.subarray(-6, -1).equals(READY_FOR_QUERY)) stream.push(answer);
          else stream.destroy(new Error("the embedded database has stopped"));
          done2();
        },
        (error) => {
          stream.destroy(new Error("the embedded database has stopped", { cause: error }));
          done2();
        }
      );
    });
  };
  const stream = new Duplex({
    read: () => void 0,
    write: (chunk, _encoding, done2) => run(chunk, done2),
    writev: (chunks, done2) => run(Buffer.concat(chunks.map(({ chunk }) => toBuffer(chunk))), done2),
    final: (done2) => {
      stream.push(null);
      done2();
    }
  });
  return Object.assign(stream, {
    connect: () => void setImmediate(() => stream.emit("connect")),
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    ref: () => stream,
    unref: () => stream
  });
}
async function answerTo(pglite, bytes) {
  const parts = [];
  await pglite.execProtocolRawStream(bytes, { onRawData: (part) => void parts.push(Buffer.from(part)) });
  return Buffer.concat(parts);
}
function toBuffer(chunk) {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError("the driver wrote something that is not a buffer");
}

// src/store/embedded/session.ts
async function openSession(pglite) {
  const client = new Client({ stream: () => createPgliteStream(pglite), user: "postgres", database: "postgres" });
  const waiting = [];
  let held = false;
  const letNextIn = () => {
    const next = waiting.shift();
    if (next) next();
    else held = false;
  };
  const isInTransaction = () => client.getTransactionStatus() === "T" || client.getTransactionStatus() === "E";
  const breakdownListeners = [];
  client.on("error", (error) => breakdownListeners.forEach((listener) => listener(error)));
  await client.connect();
  await client.query("SET search_path TO bullmq, public");
  return {
    acquire: () => {
      if (held) return new Promise((resolve2) => waiting.push(resolve2));
      held = true;
      return Promise.resolve();
    },
    release: () => {
      if (isInTransaction()) void client.query("ROLLBACK").then(letNextIn, letNextIn);
      else letNextIn();
    },
    query: (query, values) => runQuery(client, query, values),
    isInTransaction,
    onNotification: (listener) => client.on("notification", listener),
    onBreakdown: (listener) => breakdownListeners.push(listener),
    close: async () => {
      await client.end();
      await pglite.close();
    }
  };
}

// src/store/embedded/open-embedded.ts
var IDLE_TRANSACTION_MS = 1e4;
async function openEmbedded(options) {
  if (options.inMemory) return openOn(await startPglite(options), options, () => Promise.resolve());
  await makeDirectory(options.dataDir);
  const lock = await lockDataDirectory(options.dataDir);
  try {
    const directory = join3(options.dataDir, "database");
    if (options.loadDump === void 0) await ensureInitialised(directory, options.log);
    return await openOn(await startPglite(options, directory), options, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}
async function openOn(pglite, { log: log2 }, unlock) {
  const session = await openSession(pglite);
  let closing;
  session.onBreakdown((error) => {
    if (closing === void 0) log2.error({ err: error }, "the embedded database has stopped; look for a full disk, then restart the process");
  });
  const pool = createEmbeddedPool(session, { idleTransactionMs: IDLE_TRANSACTION_MS });
  return {
    kind: "embedded",
    pool: pool.forBullMQ,
    query: pool.query,
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        return await inTransaction(client, work);
      } finally {
        client.release();
      }
    },
    listen: async (channel, handler2) => {
      const client = await pool.connect();
      client.on("notification", ({ payload }) => handler2(payload ?? ""));
      await client.query(`LISTEN "${channel.replaceAll('"', '""')}"`);
      return () => {
        client.removeAllListeners();
        client.release();
        return Promise.resolve();
      };
    },
    close: () => closing ??= session.close().finally(unlock)
  };
}
async function startPglite(options, directory) {
  const dump = options.loadDump === void 0 ? void 0 : await toBlob(options.loadDump);
  try {
    return await PGlite.create({ ...directory !== void 0 && { dataDir: directory }, ...dump && { loadDataDir: dump } });
  } catch (cause) {
    throw new ConfigError({
      code: "database.unusable",
      message: `the embedded database in ${directory ?? "memory"} can't be started (${messageOf(cause)}): restore it from a backup, or set DATA_DIR to an empty directory`,
      cause
    });
  }
}
async function toBlob(dump) {
  if (dump instanceof Blob) return dump;
  const bytes = typeof dump === "string" ? await readFile3(dump) : dump;
  return new Blob([Uint8Array.from(bytes)]);
}
async function makeDirectory(dataDir) {
  try {
    await mkdir(dataDir, { recursive: true, mode: 448 });
  } catch (cause) {
    throw new ConfigError({
      code: "database.data_dir",
      message: `the data directory ${dataDir} can't be made (${messageOf(cause)}): set DATA_DIR to a directory that this user may write`,
      cause
    });
  }
}

// src/store/postgres/open-postgres.ts
import { Pool } from "pg";

// src/store/postgres/listener.ts
import { Client as Client2 } from "pg";
import { setTimeout as sleep2 } from "node:timers/promises";
var RECONNECT_MS = 500;
function createListener(config, log2) {
  const subscriptions = /* @__PURE__ */ new Set();
  const stopped = new AbortController();
  let connected;
  const connect = async () => {
    const client = new Client2(config);
    client.on("error", (error) => log2.warn({ err: error }, "the connection for notifications was lost"));
    await client.connect();
    client.on("notification", ({ channel, payload }) => {
      for (const each of subscriptions) if (each.channel === channel) each.handler(payload ?? "");
    });
    client.once("end", () => {
      if (!stopped.signal.aborted) void reconnect();
    });
    for (const channel of new Set([...subscriptions].map((each) => each.channel))) await client.query(`LISTEN ${quote(channel)}`);
    return client;
  };
  const reconnect = async () => {
    while (!stopped.signal.aborted) {
      const attempt = connect();
      connected = attempt;
      try {
        await attempt;
        log2.info({}, "notifications come again");
        for (const { onReconnect } of subscriptions) onReconnect?.();
        return;
      } catch {
        await sleep2(RECONNECT_MS, void 0, { signal: stopped.signal }).catch(() => void 0);
      }
    }
  };
  return {
    listen: async (channel, handler2, onReconnect) => {
      const subscription = { channel, handler: handler2, onReconnect };
      subscriptions.add(subscription);
      connected ??= connect();
      try {
        const client = await connected;
        await client.query(`LISTEN ${quote(channel)}`);
      } catch (error) {
        subscriptions.delete(subscription);
        throw error;
      }
      return async () => {
        subscriptions.delete(subscription);
        if ([...subscriptions].some((each) => each.channel === channel)) return;
        await connected?.then((client) => client.query(`UNLISTEN ${quote(channel)}`)).catch(() => void 0);
      };
    },
    close: async () => {
      stopped.abort();
      await connected?.then((client) => client.end()).catch(() => void 0);
    }
  };
}
function quote(channel) {
  return `"${channel.replaceAll('"', '""')}"`;
}

// src/store/postgres/wait-for-database.ts
import { setTimeout as sleep3 } from "node:timers/promises";
var WRONG_SETTINGS = /* @__PURE__ */ new Set(["28P01", "28000", "3D000", "42501", "ERR_INVALID_URL"]);
async function waitForDatabase(probe, options) {
  const giveUpAt = performance.now() + options.waitMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await probe();
      if (attempt > 1) options.log.info({ attempts: attempt }, "the database answers");
      return;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && WRONG_SETTINGS.has(String(cause.code))) {
        throw new ConfigError({ code: "database.refused", message: `the database refuses us (${messageOf(cause)}): check DATABASE_URL`, cause });
      }
      if (performance.now() >= giveUpAt) {
        throw new RetryableError({
          code: "database.unreachable",
          message: `no database after ${Math.round(options.waitMs / 1e3)} s (${describe(cause)}): start the server, or check DATABASE_URL`,
          cause
        });
      }
      if (attempt === 1) options.log.warn({ err: cause }, "the database does not answer; waiting for it");
      await sleep3(Math.min(250 * attempt, 2e3));
    }
  }
}
function describe(error) {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(", ") : messageOf(error);
}

// src/store/postgres/open-postgres.ts
var QUEUE_LISTENERS = 2;
var CLOSE_MS = 5e3;
async function openPostgres(options) {
  const { log: log2 } = options;
  const config = {
    connectionString: withSearchPath(options.url),
    application_name: options.applicationName ?? "incident-bridge",
    statement_timeout: options.statementTimeoutMs ?? 3e4,
    lock_timeout: 2e3,
    idle_in_transaction_session_timeout: 1e4,
    connectionTimeoutMillis: 2e3,
    // A peer that vanished without a word is noticed in seconds, not hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 1e4
  };
  const pool = new Pool({ ...config, max: (options.poolSize ?? 10) + QUEUE_LISTENERS });
  pool.on("error", (error) => log2.warn({ err: error }, "an idle database connection was lost"));
  pool.setMaxListeners(100);
  try {
    await waitForDatabase(() => pool.query("SELECT 1"), { waitMs: options.waitMs ?? 6e4, log: log2 });
  } catch (error) {
    await pool.end();
    throw error;
  }
  const listener = createListener(config, log2);
  let closing;
  return {
    kind: "postgres",
    pool: toBullmqPool(pool),
    query: (query, values) => runQuery(pool, query, values),
    transaction: async (work) => {
      const client = await pool.connect();
      let broken = false;
      const onError = () => broken = true;
      client.on("error", onError);
      try {
        return await inTransaction({ query: (query, values) => runQuery(client, query, values) }, work);
      } finally {
        client.removeListener("error", onError);
        client.release(broken || client.getTransactionStatus() !== "I");
      }
    },
    listen: listener.listen,
    close: () => closing ??= closeAll(pool, listener.close, log2)
  };
}
async function closeAll(pool, closeListener, log2) {
  await closeListener();
  let timer;
  const timeout = new Promise((resolve2) => {
    timer = setTimeout(() => {
      log2.warn({ connections: pool.totalCount }, "closed the database although somebody still held a connection");
      resolve2();
    }, CLOSE_MS);
  });
  await Promise.race([pool.end(), timeout]);
  clearTimeout(timer);
}
function withSearchPath(url) {
  try {
    const parsed = new URL(url);
    const given = parsed.searchParams.get("options");
    parsed.searchParams.set("options", [given, "-c search_path=bullmq,public"].filter(Boolean).join(" "));
    return parsed.href;
  } catch (cause) {
    throw new ConfigError({
      code: "database.url",
      message: `DATABASE_URL is not an address (${messageOf(cause)}): write postgres://user:password@host:5432/name`,
      cause
    });
  }
}

// src/store/database.ts
function openDatabase(options) {
  return options.url === void 0 ? openEmbedded(options) : openPostgres({ ...options, url: options.url });
}

// src/store/migrate.ts
import { runMigrations } from "bullmq";
var MIGRATION_LOCK = 4812007;
async function migrate(database, migrations2, options = {}) {
  const ran = [];
  for (const migration of migrations2) {
    if (await database.transaction((client) => runOne(client, migration))) ran.push(migration.name);
  }
  if (options.queue ?? true) await migrateQueue(database);
  if (ran.length > 0) options.log?.info({ ran }, "migrated the database");
  return { ran };
}
async function runOne(client, migration) {
  await client.query("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
  await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS bridge;
    CREATE TABLE IF NOT EXISTS bridge.migrations (name text PRIMARY KEY, ran_at timestamptz NOT NULL DEFAULT clock_timestamp());
  `);
  const done2 = await client.query("SELECT 1 FROM bridge.migrations WHERE name = $1", [migration.name]);
  if (done2.rows.length > 0) return false;
  await client.query(migration.sql);
  await client.query("INSERT INTO bridge.migrations (name) VALUES ($1)", [migration.name]);
  return true;
}
async function migrateQueue(database) {
  const client = await database.pool.connect();
  let broken = true;
  try {
    await client.query("SET statement_timeout = 0; SET lock_timeout = 0");
    await runMigrations(client);
    await client.query("RESET statement_timeout; RESET lock_timeout");
    broken = false;
  } finally {
    client.release(broken);
  }
}

// src/store/migrations/0001-first-tables.ts
var firstTables = {
  name: "0001-first-tables",
  sql: `
CREATE SCHEMA IF NOT EXISTS bridge;

-- Time for leases and due dates. The offset row is made by test set-up alone; no code of ours writes it.
CREATE TABLE bridge.clock_offset (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  shift interval NOT NULL
);
CREATE FUNCTION bridge.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT clock_timestamp() + coalesce((SELECT shift FROM bridge.clock_offset), interval '0')
$$;

-- What came in, raw. Nothing is answered before its row is committed.
CREATE TABLE bridge.deliveries (
  id uuid PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  source text NOT NULL,
  -- event \xB7 button \xB7 manual \xB7 comparison (made by comparing open runs with the pager)
  door text NOT NULL,
  -- The vendor's id of the delivery (the same on each attempt) and of the event (the same over subscriptions).
  delivery_key text NOT NULL,
  event_key text,
  headers text NOT NULL,
  body bytea NOT NULL,
  event text,
  correlation_key text,
  occurred_at timestamptz,
  received_at timestamptz NOT NULL DEFAULT bridge.clock(),
  -- new \xB7 decided
  state text NOT NULL DEFAULT 'new',
  -- started \xB7 signalled \xB7 echo \xB7 ignored \xB7 unreadable \xB7 refused \xB7 dead
  outcome text,
  reason text,
  run_ids uuid[] NOT NULL DEFAULT '{}',
  -- For interactive doors: what the presser is told; '' = nothing.
  answer text,
  attempts integer NOT NULL DEFAULT 0,
  wake_seq bigint NOT NULL DEFAULT 1,
  woken_at timestamptz NOT NULL DEFAULT bridge.clock(),
  decided_at timestamptz,
  UNIQUE (source, delivery_key),
  UNIQUE (source, event_key)
);
CREATE INDEX deliveries_undecided ON bridge.deliveries (woken_at) WHERE state = 'new';
CREATE INDEX deliveries_by_key ON bridge.deliveries (correlation_key, seq);
CREATE INDEX deliveries_by_age ON bridge.deliveries (received_at);

CREATE TABLE bridge.playbooks (
  name text PRIMARY KEY,
  version_id bigint NOT NULL,
  -- .Instance.Number: counted up, never reused.
  last_number integer NOT NULL DEFAULT 0,
  active boolean NOT NULL DEFAULT true
);
CREATE TABLE bridge.playbook_versions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  digest text NOT NULL,
  document text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT bridge.clock(),
  UNIQUE (name, digest)
);

CREATE TABLE bridge.runs (
  id uuid PRIMARY KEY,
  playbook text NOT NULL,
  version_id bigint NOT NULL,
  number integer NOT NULL,
  -- running \xB7 parked \xB7 finishing \xB7 finished \xB7 failed \xB7 cancelled
  state text NOT NULL,
  step text NOT NULL,
  title text NOT NULL,
  correlation_key text NOT NULL,
  -- Written once: the event and trigger that started the run.
  context text NOT NULL,
  -- The state machine's document.
  doc text NOT NULL,
  -- Why a person is needed; '' = not needed.
  attention text NOT NULL DEFAULT '',
  epoch bigint NOT NULL DEFAULT 0,
  owner text,
  lease_until timestamptz,
  wake_seq bigint NOT NULL DEFAULT 1,
  due_at timestamptz,
  woken_at timestamptz,
  problem_started_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT bridge.clock(),
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  ended_at timestamptz,
  UNIQUE (playbook, number)
);
ALTER TABLE bridge.runs ALTER COLUMN doc SET STORAGE EXTERNAL, ALTER COLUMN context SET STORAGE EXTERNAL;
CREATE INDEX runs_due ON bridge.runs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX runs_open_by_key ON bridge.runs (correlation_key) WHERE state IN ('running', 'parked', 'finishing');
CREATE INDEX runs_by_start ON bridge.runs (started_at DESC);

CREATE TABLE bridge.signals (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  -- event \xB7 click \xB7 operator
  kind text NOT NULL,
  body text NOT NULL,
  delivery_id uuid,
  created_at timestamptz NOT NULL DEFAULT bridge.clock(),
  -- '' = waiting to be taken, else what became of it
  outcome text NOT NULL DEFAULT ''
);
CREATE INDEX signals_waiting ON bridge.signals (run_id, seq) WHERE outcome = '';
CREATE INDEX signals_by_run ON bridge.signals (run_id);

-- The journal: one row an effect, written before the call (intended) and after it.
CREATE TABLE bridge.effects (
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  key text NOT NULL,
  action text NOT NULL,
  -- The port method: chat.createChannel
  change text NOT NULL,
  -- intended \xB7 refused (surely not done, will be tried again) \xB7 done \xB7 failed \xB7 skipped
  state text NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  input text NOT NULL,
  output text,
  error text,
  intended_at timestamptz NOT NULL DEFAULT bridge.clock(),
  ended_at timestamptz,
  PRIMARY KEY (run_id, key)
);

-- Things at vendors that belong to a run; reserved with the intent that makes them.
CREATE TABLE bridge.run_references (
  kind text NOT NULL,
  value text NOT NULL,
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  PRIMARY KEY (kind, value, run_id)
);
CREATE INDEX run_references_by_run ON bridge.run_references (run_id);

-- Events that our own calls will cause; a matching one is consumed by the run that expected it.
CREATE TABLE bridge.expected_echoes (
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  effect_key text NOT NULL,
  reference_kind text NOT NULL,
  reference_value text NOT NULL,
  event_type text NOT NULL,
  -- '' = not known: any actor matches
  actor_id text NOT NULL,
  PRIMARY KEY (run_id, effect_key)
);
CREATE INDEX expected_echoes_by_reference ON bridge.expected_echoes (reference_kind, reference_value);

CREATE TABLE bridge.timeline (
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT bridge.clock(),
  kind text NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (run_id, seq)
);

-- Console: people, sessions, failed logins. Small settings that we make ourselves (key -> value).
CREATE TABLE bridge.settings (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE bridge.users (
  id uuid PRIMARY KEY,
  username text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  role text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT bridge.clock()
);
CREATE TABLE bridge.sessions (
  -- SHA-256 of the cookie's value: a copied database opens no session.
  id_hash text PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES bridge.users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT bridge.clock(),
  seen_at timestamptz NOT NULL DEFAULT bridge.clock()
);
CREATE TABLE bridge.login_failures (
  account text NOT NULL,
  address text NOT NULL,
  at timestamptz NOT NULL DEFAULT bridge.clock()
);
CREATE INDEX login_failures_by_account ON bridge.login_failures (account, address, at);

-- One row a process: what it is and when it was last alive.
CREATE TABLE bridge.heartbeats (
  process text PRIMARY KEY,
  role text NOT NULL,
  at timestamptz NOT NULL DEFAULT bridge.clock()
);
`
};

// src/store/migrations/index.ts
var migrations = [firstTables];

// src/queue/backend.ts
import { createPostgresBackend, createRedisBackend, Queue, Worker } from "bullmq";

// src/queue/check-redis.ts
async function checkRedis(client) {
  const info = await client.info();
  const read = (name) => new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]?.trim();
  const problems = [];
  const policy = read("maxmemory_policy");
  if (policy !== void 0 && policy !== "noeviction") {
    problems.push(`Redis may throw jobs away: maxmemory-policy is ${policy}; set it to noeviction`);
  }
  if (read("aof_enabled") === "0") {
    problems.push("Redis forgets jobs when it restarts: set appendonly to yes");
  }
  return problems;
}

// src/queue/names.ts
var QUEUE_NAMES = ["deliveries", "runs"];
var JOB_NAME = "wake";
var DEFAULT_PREFIX = "incident-bridge";

// src/queue/redis-connection.ts
import { Cluster, Redis } from "ioredis";

// src/queue/outage-log.ts
var REPEAT_MS = 6e4;
function createOutageLog(log2, what) {
  let since;
  let saidAt = 0;
  return {
    failed: (error) => {
      const now = performance.now();
      since ??= now;
      if (saidAt > 0 && now - saidAt < REPEAT_MS) return;
      saidAt = now;
      log2.warn({ err: error, downForMs: Math.round(now - since) }, `${what} fails; trying again`);
    },
    recovered: () => {
      if (since === void 0) return;
      log2.info({ downForMs: Math.round(performance.now() - since) }, `${what} works again`);
      since = void 0;
      saidAt = 0;
    }
  };
}

// src/queue/redis-url.ts
var SEVERAL_HOSTS = /^(redis|rediss)[-+](sentinel|cluster):\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^/?]*))?(?:\/(\d+))?$/;
function parseRedisUrl(url) {
  const [, scheme, kind, credentials, hosts, first, second] = SEVERAL_HOSTS.exec(url) ?? [];
  if (scheme === void 0 || kind === void 0 || hosts === void 0) {
    if (/^rediss?:\/\/[^,]+$/.test(url) && URL.canParse(url)) return { kind: "single", url };
    throw refuse("it must begin with redis://, rediss://, redis+sentinel:// or redis-cluster://");
  }
  const [username, password] = splitOnce(credentials ?? "", ":").map(decodeURIComponent);
  const options = {
    ...username && { username },
    ...password && { password },
    ...scheme === "rediss" && { tls: {} }
  };
  const nodes = parseHosts(hosts, kind === "sentinel" ? 26379 : 6379);
  if (kind === "cluster") {
    if (first || second) throw refuse("a cluster has no database number");
    return { kind: "cluster", nodes, options };
  }
  if (!first) throw refuse("the name of the master is missing: redis+sentinel://host:26379/<master name>");
  return {
    kind: "sentinel",
    options: {
      ...options,
      sentinels: nodes,
      name: decodeURIComponent(first),
      db: Number(second ?? 0),
      ...scheme === "rediss" && { enableTLSForSentinelMode: true, sentinelTLS: {} }
    }
  };
}
function parseHosts(hosts, defaultPort) {
  return hosts.split(",").map((text) => {
    const [, host, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
    if (host === void 0) throw refuse(`"${text}" is not a host with a port`);
    return { host: host.replace(/^\[|\]$/g, ""), port: Number(port ?? defaultPort) };
  });
}
function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
function refuse(reason) {
  return new ConfigError({ code: "queue.redis_url", message: `REDIS_URL can't be used: ${reason}` });
}

// src/queue/redis-connection.ts
var COMMAND_TIMEOUT_MS = 2e3;
var FOR_PRODUCER = {
  enableOfflineQueue: false,
  // 0: a command under way fails with its connection; it is not sent again later.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: COMMAND_TIMEOUT_MS
};
var FOR_WORKER = { maxRetriesPerRequest: null };
async function connectRedis(options) {
  const target2 = parseRedisUrl(options.url);
  const producer = createClient(target2, { ...FOR_PRODUCER, connectionName: `${options.name}:producer` });
  const worker = createClient(target2, { ...FOR_WORKER, connectionName: `${options.name}:worker` });
  const close = () => [producer, worker].forEach((client) => client.disconnect());
  for (const [client, what] of [[producer, "the connection to Redis"], [worker, "the workers' connection to Redis"]]) {
    const outage = createOutageLog(options.log, what);
    client.on("error", outage.failed);
    client.on("ready", outage.recovered);
  }
  try {
    await Promise.all([producer, worker].map((client) => waitForRedis(client, options.waitMs)));
  } catch (error) {
    close();
    throw error;
  }
  return { producer, worker, close };
}
function createClient(target2, role) {
  const common = { ...role, lazyConnect: true, connectTimeout: 3e3, retryStrategy: (times) => Math.min(times * 100, 2e3) };
  if (target2.kind === "single") return new Redis(target2.url, common);
  if (target2.kind === "sentinel") return new Redis({ ...target2.options, ...common, sentinelRetryStrategy: (times) => Math.min(times * 100, 2e3) });
  return new Cluster([...target2.nodes], {
    redisOptions: { ...target2.options, ...role },
    enableOfflineQueue: role.enableOfflineQueue ?? true,
    lazyConnect: true,
    clusterRetryStrategy: (times) => Math.min(times * 100, 2e3),
    // Certificates carry names; the addresses that a cluster tells its clients would not match them.
    ...target2.options.tls && { dnsLookup: (address, callback) => callback(null, address) }
  });
}
async function waitForRedis(client, waitMs) {
  await new Promise((resolve2, reject) => {
    let last;
    const stop = () => {
      clearTimeout(timer);
      client.off("ready", onReady);
      client.off("error", onError);
    };
    const onReady = () => {
      stop();
      resolve2();
    };
    const onError = (error) => {
      last = error;
      if (!/WRONGPASS|NOAUTH|NOPERM|invalid password/.test(messageOf(error))) return;
      stop();
      reject(new ConfigError({ code: "queue.redis_refused", message: `Redis refuses us (${messageOf(error)}): check REDIS_URL`, cause: error }));
    };
    const timer = setTimeout(() => {
      stop();
      const message = `no Redis after ${Math.round(waitMs / 1e3)} s (${messageOf(last ?? "no answer")}): start it, or check REDIS_URL`;
      reject(new RetryableError({ code: "queue.redis_unreachable", message, cause: last }));
    }, waitMs);
    client.on("ready", onReady);
    client.on("error", onError);
    client.connect().catch(() => void 0);
  });
}

// src/queue/backend.ts
function openPostgresBackend(pool, prefix) {
  const named = (name) => prefix === DEFAULT_PREFIX ? name : `${prefix}-${name}`;
  const factory = (name, options, more) => createPostgresBackend(name, { ...options, connection: pool }, more);
  return {
    kind: "postgres",
    createQueue: (name, options) => newQueue(factory, named(name), options),
    createWorker: (name, processor, options) => newWorker(factory, named(name), processor, options),
    check: async () => {
      await pool.query("SELECT 1");
      return [];
    },
    close: () => void 0
  };
}
async function openRedisBackend({ prefix, role, ...connection }) {
  const { producer, worker, close } = await connectRedis({ ...connection, name: `incident-bridge:${role}` });
  const keys = { prefix: `{${prefix}}` };
  const on = (client) => (name, options, more) => createRedisBackend(name, { ...options, connection: client }, more);
  return {
    kind: "redis",
    createQueue: (name, options) => newQueue(on(producer), name, { ...options, ...keys }),
    createWorker: (name, processor, options) => newWorker(on(worker), name, processor, { ...options, ...keys }),
    check: () => checkRedis(producer),
    close
  };
}
function newQueue(factory, name, options) {
  return new Queue(name, { ...options, connection: {} }, factory);
}
function newWorker(factory, name, processor, options) {
  return new Worker(name, processor, { ...options, connection: {} }, factory);
}
async function readyWithin(ms, what, ready) {
  let timer;
  const timeout = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not ready after ${Math.round(ms / 1e3)} s`)), ms);
  });
  try {
    await Promise.race([ready, timeout]);
  } catch (cause) {
    const isMigrationMissing = cause instanceof Error && cause.name === "SchemaMigrationRequiredError";
    const hint = isMigrationMissing ? "run `incident-bridge migrate` first" : "look at the store of the queue";
    throw new ConfigError({ code: "queue.not_ready", message: `${what} can't start (${messageOf(cause)}): ${hint}`, cause });
  } finally {
    clearTimeout(timer);
  }
}

// src/queue/jobs.ts
import { z as z3 } from "zod";
var JobData = z3.strictObject({ id: z3.string().min(1) });
function createWakeJob({ id, wakeSeq }) {
  return { name: JOB_NAME, data: { id }, opts: { jobId: `${id}-${wakeSeq}` } };
}

// src/queue/consumer.ts
var CONCURRENCY = 200;
function createWorkers(backend, options, log2) {
  return QUEUE_NAMES.map((name) => {
    const worker = backend.createWorker(name, createProcessor(name, options[name], log2), {
      concurrency: options.concurrency?.[name] ?? CONCURRENCY,
      lockDuration: 3e4,
      // A job is stalled when its process dies, however often that happens; the default fails it for good the second time.
      maxStalledCount: 10,
      // Soon back after the store was away (default 15 s).
      runRetryDelay: 2e3,
      removeOnComplete: { count: 1e3 },
      removeOnFail: { count: 1e3 },
      autorun: false
    });
    const outage = createOutageLog(log2, `the worker of ${name}`);
    worker.on("error", outage.failed);
    worker.on("active", outage.recovered);
    worker.on("stalled", (jobId) => log2.warn({ jobId, queue: name }, "a job was left behind by a worker that died; it runs again"));
    worker.run().catch((error) => log2.error({ err: error, queue: name }, "the worker has stopped; restart the process"));
    return worker;
  });
}
function createProcessor(queue, handle, log2) {
  return async (job) => {
    try {
      await handle(JobData.parse(job.data).id);
    } catch (error) {
      log2.error({ err: error, queue, jobId: job.id }, "a bug: a wake-up handler threw");
      throw new Error("a wake-up handler threw; the log says what");
    }
  };
}

// src/queue/producer.ts
import { Queue as Queue2 } from "bullmq";

// src/queue/batcher.ts
function createBatcher(options) {
  let waiting = [];
  let nextSend;
  let sending = Promise.resolve();
  const sendWaiting = async () => {
    await sending;
    nextSend = void 0;
    const items = waiting;
    waiting = [];
    sending = sendAll(items, options);
    await sending;
  };
  return {
    add: (item) => {
      if (waiting.length >= options.maxWaiting) {
        options.onError(new Error(`${options.maxWaiting} are waiting already`));
        return Promise.resolve();
      }
      waiting.push(item);
      nextSend ??= new Promise((resolve2) => setImmediate(resolve2)).then(sendWaiting);
      return atMost(nextSend, options.patienceMs);
    }
  };
}
async function sendAll(items, { send, onError, maxBatch }) {
  for (let start = 0; start < items.length; start += maxBatch) {
    await send(items.slice(start, start + maxBatch)).catch(onError);
  }
}
function atMost(promise, ms) {
  return new Promise((resolve2) => {
    const timer = setTimeout(resolve2, ms);
    timer.unref();
    void promise.then(() => {
      clearTimeout(timer);
      resolve2();
    });
  });
}

// src/queue/producer.ts
var MAX_BATCH = 500;
var MAX_WAITING = 2e4;
var PATIENCE_MS = 3e3;
function createProducer(backend, log2) {
  const outage = createOutageLog(log2, "adding wake-up jobs");
  const open = (name) => {
    const queue = backend.createQueue(name, {
      defaultJobOptions: {
        // Only for bugs: a run's own trouble is recorded in its row and never thrown.
        attempts: 5,
        backoff: { type: "exponential", delay: 1e3 },
        // Kept for the dashboard.
        removeOnComplete: { count: 1e3 },
        removeOnFail: { count: 1e3 },
        stackTraceLimit: 1
      },
      streams: { events: { maxLen: 1e3 } }
    });
    queue.on("error", outage.failed);
    const batcher = createBatcher({
      send: async (wakes) => {
        const [first, ...others] = wakes.map(createWakeJob);
        if (first === void 0) return;
        await (others.length === 0 ? queue.add(first.name, first.data, first.opts) : queue.addBulk([first, ...others]));
        outage.recovered();
      },
      onError: outage.failed,
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      patienceMs: PATIENCE_MS
    });
    return { queue, batcher };
  };
  const opened = { deliveries: open("deliveries"), runs: open("runs") };
  const all = [opened.deliveries.queue, opened.runs.queue];
  return {
    wake: (wake) => opened[wake.queue].batcher.add(wake),
    waitUntilReady: () => Promise.all(all.map((queue) => queue.waitUntilReady())),
    boardQueues: all.map(toBoardQueue),
    close: async () => {
      await Promise.all(all.map((queue) => queue.close()));
    }
  };
}
function toBoardQueue(queue) {
  if (!(queue instanceof Queue2)) throw new TypeError("not a queue");
  return queue;
}

// src/queue/open-queues.ts
var READY_MS = 2e4;
async function openQueues(options) {
  const { log: log2, role, redisUrl, prefix = DEFAULT_PREFIX, waitMs = 6e4 } = options;
  const backend = redisUrl === void 0 ? openPostgresBackend(options.database.pool, prefix) : await openRedisBackend({ url: redisUrl, prefix, role, waitMs, log: log2 });
  const producer = createProducer(backend, log2);
  let workers = [];
  const close = async (drainMs) => {
    await atMost2(drainMs, Promise.all(workers.map((worker) => worker.close())));
    await atMost2(2e3, Promise.all([...workers.map((worker) => worker.close(true)), producer.close()]));
    backend.close();
  };
  try {
    await readyWithin(READY_MS, "the queue", producer.waitUntilReady());
    for (const problem of await backend.check()) log2.warn({}, problem);
  } catch (error) {
    await close(0);
    throw error;
  }
  let closing;
  return {
    wakeDelivery: (id, wakeSeq) => producer.wake({ queue: "deliveries", id, wakeSeq }),
    wakeRun: (id, wakeSeq) => producer.wake({ queue: "runs", id, wakeSeq }),
    wakeMany: async (wakes) => {
      await Promise.all(wakes.map((wake) => producer.wake(wake)));
    },
    consume: async (consumeOptions) => {
      if (workers.length > 0) throw new Error("the queues are consumed already");
      workers = createWorkers(backend, consumeOptions, log2);
      await readyWithin(READY_MS, "a worker of the queue", Promise.all(workers.map((worker) => worker.waitUntilReady())));
    },
    boardQueues: producer.boardQueues,
    health: async () => {
      const stopped = closing === void 0 && workers.some((worker) => !worker.isRunning());
      try {
        const advice = await backend.check();
        return { ok: !stopped, backend: backend.kind, problems: stopped ? ["a worker has stopped", ...advice] : advice };
      } catch (error) {
        return { ok: false, backend: backend.kind, problems: [`the queue's store does not answer (${messageOf(error)})`] };
      }
    },
    pause: async () => {
      await Promise.all(workers.map((worker) => worker.pause(true)));
    },
    close: ({ drainMs = 1e4 } = {}) => closing ??= close(drainMs)
  };
}
async function atMost2(ms, promise) {
  let timer;
  const timeout = new Promise((resolve2) => timer = setTimeout(resolve2, ms));
  await Promise.race([promise.catch(() => void 0), timeout]);
  clearTimeout(timer);
}

// test/quick.tmp.ts
var log = { debug() {
}, info: (f, m) => console.log("info", m, JSON.stringify(f)), warn: (f, m) => console.log("warn", m, f), error: (f, m) => console.log("ERROR", m, f), child: () => log };
var t0 = performance.now();
var lap = (s2) => console.log(s2, Math.round(performance.now() - t0));
var db = await openDatabase({ url: process.env.URL, dataDir: process.env.DIR ?? "/tmp/qdir", log });
lap("open");
console.log(await migrate(db, migrations, { log }));
lap("migrated");
var q = await openQueues({ database: db, redisUrl: process.env.REDIS, role: "all", log });
lap("queues");
var n = 0;
var resolve;
var lat = [];
var sent = /* @__PURE__ */ new Map();
var handler = async (id) => {
  n++;
  const s2 = sent.get(id);
  if (s2) lat.push(performance.now() - s2);
  if (n === target) resolve();
};
var target = 0;
await q.consume({ deliveries: handler, runs: handler });
lap("consuming");
await new Promise((r) => setTimeout(r, 300));
for (let i = 0; i < 50; i++) {
  const id = "lat" + i;
  sent.set(id, performance.now());
  await q.wakeRun(id, 1);
  await new Promise((r) => setTimeout(r, 20));
}
lat.sort((a, b) => a - b);
console.log("latency p50", lat[25]?.toFixed(1), "max", lat.at(-1)?.toFixed(1), "n", lat.length);
var N = Number(process.env.N ?? 2e3);
target = n + N;
var done = new Promise((r) => resolve = r);
var s = performance.now();
var cpu = process.cpuUsage();
for (let i = 0; i < N; i += 20) {
  await Promise.all(Array.from({ length: 20 }, (_, k) => q.wakeRun("r" + (i + k), 1)));
}
console.log("added in", performance.now() - s);
await done;
var el = performance.now() - s;
var c = process.cpuUsage(cpu);
console.log("jobs/s", Math.round(N / el * 1e3), "cpu ms/job", ((c.user + c.system) / 1e3 / N).toFixed(2));
console.log(await q.health());
console.log(process.memoryUsage().rss / 1e6);
await q.close();
lap("closed");
await db.close();
lap("db closed");
