import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.ts';

const Report = z.tuple([z.object({ messages: z.array(z.object({ ruleId: z.string().nullable(), line: z.number() })) })]);

/** Lints the lines as if they stood in that file; which rules each line broke. */
function lint(file: string, lines: readonly string[]): ReadonlyMap<number, readonly (string | null)[]> {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot, 'node_modules', 'eslint', 'bin', 'eslint.js'), '--stdin', '--stdin-filename', file, '--format', 'json'],
    { cwd: packageRoot, input: lines.join('\n'), encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  const [{ messages }] = Report.parse(JSON.parse(stdout));
  return new Map(lines.map((_, index) => [index + 1, messages.filter((one) => one.line === index + 1).map((one) => one.ruleId)]));
}

// The line, and the rule that must refuse it; undefined = allowed. All stand in one file, so that the types are read once.
const CASES: readonly (readonly [line: string, rule: string | undefined])[] = [
  ["import { spawn } from 'node:child_process';", 'no-restricted-imports'],
  ["import vm from 'vm';", 'no-restricted-imports'],
  ['export const worth = eval("1");', 'no-eval'],
  ['export const made = new Function("return 1");', 'no-new-func'],
  ['export const wrong: any = 1;', '@typescript-eslint/no-explicit-any'],
  ['export const cast = JSON.parse("1") as number;', '@typescript-eslint/consistent-type-assertions'],
  ['export const fixed = ["a"] as const;', undefined],
  ['console.log(spawn, vm);', 'no-console'],
  ['void Promise.resolve();', undefined],
  ['Promise.resolve();', '@typescript-eslint/no-floating-promises'],
  ['declare const db: { query(text: string): void };', undefined],
  ['db.query(`SELECT * FROM t WHERE a = ${fixed[0]}`);', 'no-restricted-syntax'],
  ['db.query("SELECT * FROM t WHERE a = " + String(worth));', 'no-restricted-syntax'],
  ['db.query(`SELECT * FROM t WHERE a = $1`);', undefined],
  ['export default db;', 'no-restricted-syntax'],
];

it('lint refuses what SECURITY.md says it refuses', () => {
  const broken = lint(
    'src/engine/every.ts',
    CASES.map(([line]) => line),
  );
  CASES.forEach(([line, rule], index) => {
    const rules = broken.get(index + 1);
    if (rule === undefined) expect({ line, rules }).toEqual({ line, rules: [] });
    else expect({ line, rules }).toEqual({ line, rules: expect.arrayContaining([rule]) });
  });
});

it('the making of the embedded database may start one program, and only with spawn', () => {
  const broken = lint('src/store/embedded/ensure-initialised.ts', [
    "import { exec } from 'node:child_process';",
    "import { spawn } from 'node:child_process';",
    'export const both = [exec, spawn];',
  ]);
  expect(broken.get(1)).toContain('no-restricted-imports');
  expect(broken.get(2)).not.toContain('no-restricted-imports');
});
