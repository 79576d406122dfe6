// Our own code in a few files, packages outside: a start strips no types, and the image needs no compiler.
/** @type {import('esbuild').BuildOptions} */
export const options = {
  entryPoints: {
    main: 'src/main.ts',
    simulator: 'src/simulator/main.ts',
    bench: 'test/bench/main.ts',
    'bench-vendors': 'test/bench/fast-vendors.ts',
    'init-database': 'src/store/embedded/init-database.ts',
  },
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
};
