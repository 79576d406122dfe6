// Bundles our own code (packages stay outside) so that a start costs no type stripping and the image needs no compiler.
import { build } from 'esbuild';

await build({
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
});
