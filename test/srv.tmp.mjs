// test/support/postgres.ts
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";

// test/support/child.ts
import { spawn } from "node:child_process";
import { once } from "node:events";
var running = /* @__PURE__ */ new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
async function startServer(command, args, options) {
  const { isReady, readyMs = 2e4, ...spawnOptions } = options;
  const child = spawn(command, args, { ...spawnOptions, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  const keep = (text) => output = (output + text.toString()).slice(-4e3);
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const exited = once(child, "exit").then(() => running.delete(child));
  const giveUpAt = performance.now() + readyMs;
  while (!await isReady()) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${command} ended: ${output}`);
    if (performance.now() > giveUpAt) {
      child.kill("SIGKILL");
      throw new Error(`${command} is not ready after ${readyMs} ms: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    child,
    end: async (signal) => {
      child.kill(signal);
      await exited;
    }
  };
}

// test/support/free-port.ts
import { createServer } from "node:net";
function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port"));
        else resolve(address.port);
      });
    });
  });
}

// test/support/postgres.ts
var run = promisify(execFile);
var INSTALLATIONS = "/usr/lib/postgresql";
function missingPostgres() {
  if (findBinaries() !== void 0) return void 0;
  const reason = `no PostgreSQL in ${INSTALLATIONS}/*/bin: tests on a real server are skipped (apt-get install postgresql)`;
  if (process.env["CI"]) throw new Error(reason);
  return reason;
}
async function startPostgres(settings = {}) {
  const binaries = findBinaries();
  if (binaries === void 0) throw new Error(missingPostgres());
  const directory = await mkdtemp(join(tmpdir(), "bridge-postgres-"));
  const owner = await findOwner();
  if (owner) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  await run(join(binaries, "initdb"), ["-D", data, "-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-instructions"], { cwd: directory, ...owner });
  const port = await findFreePort();
  const url = (database = "postgres") => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const execute = async (sql) => {
    const client = new Client({ connectionString: url(), connectionTimeoutMillis: 2e3 });
    client.on("error", () => void 0);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const isReady = () => execute("SELECT 1").then(() => true, () => false);
  const all = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: directory, fsync: "off", max_connections: "200", ...settings };
  const args = ["-D", data, ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const launch = () => startServer(join(binaries, "postgres"), args, { cwd: directory, ...owner, isReady });
  let server = await launch();
  let databases = 0;
  return {
    port,
    url,
    execute,
    createDatabase: async (template) => {
      const name = `test_${databases += 1}`;
      await execute(`CREATE DATABASE ${name}${template === void 0 ? "" : ` TEMPLATE ${template}`}`);
      return name;
    },
    // "Immediate": the postmaster takes its children with it, which SIGKILL doesn't.
    crash: () => server.end("SIGQUIT"),
    stop: () => server.end("SIGINT"),
    start: async () => {
      server = await launch();
    },
    close: async () => {
      await server.end("SIGQUIT");
      await rm(directory, { recursive: true, force: true });
    }
  };
}
function findBinaries() {
  if (!existsSync(INSTALLATIONS)) return void 0;
  return readdirSync(INSTALLATIONS).sort((a, b) => Number(b) - Number(a)).map((version) => join(INSTALLATIONS, version, "bin")).find((folder) => existsSync(join(folder, "postgres")));
}
async function findOwner() {
  if (process.getuid?.() !== 0) return void 0;
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "postgres"])).stdout)));
  if (uid === void 0 || gid === void 0) throw new Error("no user postgres");
  return { uid, gid };
}

// test/support/redis.ts
import { mkdtemp as mkdtemp2, readdir, rm as rm2 } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir as tmpdir2 } from "node:os";
import { join as join2 } from "node:path";
async function startRedis(settings = {}) {
  const directory = await mkdtemp2(join2(tmpdir2(), "bridge-redis-"));
  const port = await findFreePort();
  const all = { port: String(port), bind: "127.0.0.1", dir: directory, save: "", appendonly: "yes", ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const launch = () => startServer("redis-server", args, { cwd: directory, isReady: () => answersPing(port) });
  let server = await launch();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => server.end("SIGKILL"),
    start: async () => {
      server = await launch();
    },
    empty: async () => {
      const names = await readdir(directory);
      await Promise.all(names.map((name) => rm2(join2(directory, name), { recursive: true })));
    },
    close: async () => {
      await server.end("SIGKILL");
      await rm2(directory, { recursive: true, force: true });
    }
  };
}
function answersPing(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(1e3, () => socket.destroy());
    socket.once("data", (answer) => {
      resolve(answer.toString().startsWith("+PONG"));
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}

// test/srv.tmp.ts
var p = await startPostgres();
var r = await startRedis();
console.log(p.url());
console.log(r.url);
process.on("SIGTERM", async () => {
  await p.close();
  await r.close();
  process.exit(0);
});
setInterval(() => {
}, 1e3);
