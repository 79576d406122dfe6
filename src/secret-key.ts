import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * The keys that sign buttons: SECRET_KEY, or one that is made at the first start and kept in the data directory, never in the
 * database, so that a copied database opens nothing. The first signs, all verify.
 */
export function readSecretKeys(configured: string | undefined, dataDir: string): [Buffer, ...Buffer[]] {
  if (configured !== undefined) {
    const [first, ...rest] = configured.split(',').map((key) => Buffer.from(key.trim(), 'utf8'));
    if (first) return [first, ...rest];
  }
  const file = join(dataDir, 'secret.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two starters one makes it, and both read what stands there.
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (z.object({ code: z.string() }).safeParse(error).data?.code !== 'EEXIST') throw error;
  }
  return [Buffer.from(readFileSync(file, 'utf8').trim(), 'utf8')];
}
