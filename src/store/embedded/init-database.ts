import { PGlite } from '@electric-sql/pglite';

/**
 * Makes an empty database in the directory given, and ends. A program of its own, because the first initdb costs 5 s and 800 MB that a
 * long-running process would never give back. The parent renames the result into place, so a kill of either leaves only rubbish beside
 * the target.
 */
const [directory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write('usage: init-database <directory>\n');
  process.exitCode = 2;
} else {
  // Nobody waits for the result any more when the parent is gone.
  process.once('disconnect', () => process.exit(1));
  const pglite = await PGlite.create(directory);
  await pglite.close();
  process.exit(0);
}
