// `npm run dev`: the demo, started again at every change of the sources or the playbooks.
import { spawn } from 'node:child_process';
import { context } from 'esbuild';
import { watch } from 'node:fs';
import { options } from './build-options.mjs';

/** Editors write in several steps; one restart is enough for all of them. */
const SETTLE_MS = 150;

let running;
let timer;
let stopping = false;

/** One demo at a time: the next begins when the last has let go of its ports. */
async function restart(why) {
  const old = running;
  running = undefined;
  if (old) {
    process.stderr.write(`\n${why}: starting again …\n`);
    old.kill('SIGTERM');
    await ended(old);
  }
  if (stopping || running) return;
  running = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js', 'demo', ...process.argv.slice(2)], { stdio: 'inherit' });
}

function ended(child) {
  return new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve()));
}

let chain = Promise.resolve();
function soon(why) {
  clearTimeout(timer);
  timer = setTimeout(() => (chain = chain.then(() => restart(why))), SETTLE_MS);
}

const restartWhenBuilt = {
  name: 'restart-when-built',
  setup(build) {
    build.onEnd(({ errors }) => {
      // A mistake was printed; the demo that works stays up until it is mended.
      if (errors.length === 0) soon('the sources changed');
    });
  },
};

const builder = await context({ ...options, plugins: [restartWhenBuilt] });
await builder.watch();
// The pages' own files are read at each request; playbooks are read at the start.
watch('playbooks', { recursive: true }, () => soon('a playbook changed'));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    stopping = true;
    clearTimeout(timer);
    running?.kill('SIGTERM');
    if (running) await ended(running);
    await builder.dispose();
    process.exit(0);
  });
}
