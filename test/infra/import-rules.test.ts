import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.ts';

const Report = z.object({
  summary: z.object({ violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })) }),
});

/** File, what it imports, and the rule that must refuse it; undefined = allowed. */
const CASES: readonly (readonly [file: string, imports: string, rule: string | undefined])[] = [
  ['src/core/a.ts', 'zod', undefined],
  ['src/core/b.ts', 'yaml', 'core-packages'],
  ['src/core/c.ts', '../engine/target.ts', 'core-imports'],
  ['src/core/d.ts', 'node:fs', 'core-types-of-node-only'],
  ['src/engine/a.ts', 'liquidjs', undefined],
  ['src/engine/b.ts', 'bullmq', 'engine-packages'],
  ['src/engine/c.ts', 'express', 'engine-packages'],
  ['src/engine/d.ts', 'ioredis', 'engine-packages'],
  ['src/engine/e.ts', '../connectors/jira/target.ts', 'engine-imports'],
  ['src/engine/f.ts', '../store/target.ts', 'engine-imports'],
  ['src/actions/a.ts', '../engine/target.ts', 'actions-imports'],
  ['src/triggers/a.ts', '../engine/target.ts', 'triggers-imports'],
  ['src/ingest/a.ts', '../store/target.ts', 'ingest-imports'],
  ['src/queue/a.ts', '../store/target.ts', 'queue-imports'],
  ['src/queue/b.ts', 'pg', 'sql-in-store'],
  ['src/store/a.ts', '../queue/target.ts', 'store-imports'],
  ['src/console/a.ts', '../store/target.ts', 'console-imports'],
  ['src/connectors/jira/a.ts', '../shared.ts', undefined],
  ['src/connectors/jira/b.ts', '../slack/target.ts', 'connectors-apart'],
  ['src/connectors/c.ts', './jira/target.ts', 'connectors-shared-files'],
  ['src/simulator/a.ts', '../core/clock.ts', undefined],
  ['src/simulator/b.ts', '../core/target.ts', 'simulator-imports'],
  ['src/simulator/c.ts', '../connectors/jira/target.ts', 'simulator-imports'],
  ['src/commands/a.ts', '../simulator/target.ts', undefined],
  ['src/app.ts', './simulator/target.ts', 'simulator-readers'],
  ['src/round.ts', './trip.ts', 'no-circular'],
  // A circle is told once, at its first file.
  ['src/trip.ts', './round.ts', undefined],
];

describe('the import rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'import-rules-'));
  let broken: ReadonlyMap<string, readonly string[]> = new Map();

  beforeAll(() => {
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) cpSync(join(packageRoot, file), join(folder, file));
    symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
    for (const target of ['core', 'engine', 'store', 'queue', 'simulator', 'connectors/jira', 'connectors/slack'])
      write(`src/${target}/target.ts`, 'export const target = 1;\n');
    write('src/core/clock.ts', 'export const clock = 1;\n');
    write('src/connectors/shared.ts', 'export const shared = 1;\n');
    for (const [file, imports] of CASES) write(file, `import * as what from '${imports}';\nexport const it = what;\n`);
    const program = join(packageRoot, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
    const { stdout } = spawnSync(process.execPath, [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const { violations } = Report.parse(JSON.parse(stdout)).summary;
    broken = new Map(CASES.map(([file]) => [file, violations.filter((one) => one.from === file).map((one) => one.rule.name)]));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(CASES)('%s imports %s, which is answered with %s', (file, _imports, rule) => {
    if (rule === undefined) expect(broken.get(file)).toEqual([]);
    else expect(broken.get(file)).toContain(rule);
  });
});
