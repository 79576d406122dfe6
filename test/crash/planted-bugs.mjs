// Plants known bugs, one at a time, in a copy of the project, and demands that the named test turns red. A suite that stays green with one
// of them in it is not done. `node test/crash/planted-bugs.mjs [name]`; README.md says what each of them breaks.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const LEFT_BEHIND = new Set(['node_modules', '.git', 'dist', 'data', 'coverage']);

/** Each `search` must stand in its `file` exactly once: a bug that can't be planted any more is an error of this table. */
const BUGS = [
  {
    name: 'answer before commit',
    edits: [
      {
        file: 'src/ingest/ingest.ts',
        search: '    const isNew = await store(delivery);\n    options.log.info(',
        replace:
          "    response.status(202).json({ status: 'stored', id: delivery.id });\n    const isNew = await store(delivery);\n    options.log.info(",
      },
      {
        file: 'src/ingest/ingest.ts',
        search: "    response.status(isNew ? 202 : 200).json(isNew ? { status: 'stored', id: delivery.id } : { status: 'duplicate' });\n",
        replace: '',
      },
    ],
    test: 'test/crash/failpoints.test.ts',
    pattern: 'the doors, the issue and the wishes',
  },
  {
    name: 'no reconcile',
    edits: [
      {
        file: 'src/engine/perform-effect.ts',
        search: "    if (known?.state === 'intended') {\n",
        replace: "    if (known?.state === 'intended' && known.key === '') {\n",
      },
    ],
    test: 'test/crash/failpoints.test.ts',
    pattern: 'posts, and the end',
  },
  {
    name: 'epoch ignored',
    edits: [{ file: 'src/store/writer.ts', search: 'WHERE r.epoch = i.epoch', replace: 'WHERE r.epoch >= i.epoch' }],
    test: 'test/store/writer-epoch.test.ts',
    pattern: 'writes under a lease that was lost',
  },
];

const wanted = process.argv[2];
const chosen = BUGS.filter((bug) => wanted === undefined || bug.name === wanted);
if (chosen.length === 0) fail(`There is no planted bug "${wanted}"; known are: ${BUGS.map((bug) => bug.name).join(', ')}.`);

const copy = mkdtempSync(join(tmpdir(), 'bridge-planted-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
cpSync(ROOT, copy, { recursive: true, filter: (path) => !LEFT_BEHIND.has(basename(path)) });
symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));

let missed = 0;
for (const bug of chosen) {
  // First without the bug: a test that is red anyway would prove nothing.
  const healthy = runTest(bug);
  if (healthy.status !== 0) fail(`${bug.test} ("${bug.pattern}") is red without any bug:\n${healthy.output}`);
  const takeOut = plant(bug);
  const sick = runTest(bug);
  takeOut();
  // A test that ran and failed, not one that could not start.
  const caught = sick.status !== 0 && /Tests:\s+\d+ failed/.test(sick.output);
  console.log(`${caught ? 'caught' : 'MISSED'}: ${bug.name}, by ${bug.test} ("${bug.pattern}")`);
  if (!caught) {
    missed += 1;
    console.log(sick.output);
  }
}
process.exit(missed === 0 ? 0 : 1);

/** Returns the way to take it out again. */
function plant({ name, edits }) {
  const originals = new Map();
  for (const { file, search, replace } of edits) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (!originals.has(path)) originals.set(path, text);
    const places = text.split(search).length - 1;
    if (places !== 1) fail(`"${name}" can't be planted: ${file} has its place ${places} times. Adapt the table in planted-bugs.mjs.`);
    writeFileSync(
      path,
      text.replace(search, () => replace),
    );
  }
  return () => originals.forEach((text, path) => writeFileSync(path, text));
}

function runTest({ test, pattern }) {
  const build = run(['infra/build.mjs']);
  if (build.status !== 0) fail(`the copy does not build:\n${build.output}`);
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', test, '-t', pattern];
  return run(jest, { MODES: 'embedded' });
}

function run(args, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 300_000,
    killSignal: 'SIGKILL',
  });
  return { status, output: `${stdout}${stderr}` };
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
