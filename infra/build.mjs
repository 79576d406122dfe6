// Bundles the programs into dist/. `--shipped`: without the bench, whose sources the image doesn't have.
import { build } from 'esbuild';
import { options } from './build-options.mjs';

await build(options);
