// Bundles the programs into dist/.
import { build } from 'esbuild';
import { options } from './build-options.mjs';

await build(options);
