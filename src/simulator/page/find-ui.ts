import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page's static files. They are found from the package's root, because this code also runs bundled, from `dist/`. */
export function findUi(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json above ${import.meta.url}: the simulator's page cannot find its files.`);
    folder = parent;
  }
  return join(folder, 'src', 'simulator', 'page', 'ui');
}
