import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Our pages' files. The code may run from `src/` or from a bundle in `dist/`, so the package's root is looked for. */
export function findUiFolder(): string {
  return join(findPackageRoot(dirname(fileURLToPath(import.meta.url))), 'src', 'console', 'ui');
}

function findPackageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('No package.json above the console’s code: its pages can’t be found.');
  return findPackageRoot(parent);
}
