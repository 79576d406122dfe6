// Our own code in a few files, packages outside: a start strips no types, and the image needs no compiler.

/** What an installation has. */
const shipped = {
  main: 'src/main.ts',
  simulator: 'src/simulator/main.ts',
  'init-database': 'src/store/embedded/init-database.ts',
};

/** What only a checkout has. */
const ours = { bench: 'test/bench/main.ts', 'bench-vendors': 'test/bench/fast-vendors.ts' };

/** @type {import('esbuild').BuildOptions} */
export const options = {
  entryPoints: process.argv.includes('--shipped') ? shipped : { ...shipped, ...ours },
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
};
