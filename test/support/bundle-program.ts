import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Makes a program out of a few lines, for tests that need a process to kill. Inside the project, so that it finds our packages and, as any
 * installation does, `dist/` beside package.json. Returns its path.
 */
export async function bundleProgram(name: string, source: string): Promise<string> {
  const outfile = join(ROOT, 'test', '.tmp', `${name}-${process.pid}.mjs`);
  await mkdir(join(ROOT, 'test', '.tmp'), { recursive: true });
  await build({
    stdin: { contents: source, resolveDir: ROOT, loader: 'ts' },
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
  });
  return outfile;
}

/** `dist/init-database.js`, as the build makes it. */
export async function bundleInitProgram(): Promise<void> {
  await build({
    entryPoints: { 'init-database': join(ROOT, 'src/store/embedded/init-database.ts') },
    outdir: join(ROOT, 'dist'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    logLevel: 'error',
  });
}
