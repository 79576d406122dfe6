import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) || dirname(from) === from ? from : findRoot(dirname(from));
}

/** The folder of package.json: our files are found from there, bundled (dist/) or not (src/). */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
