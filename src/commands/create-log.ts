import pino from 'pino';
import type { Log } from '../core/log.ts';

/** JSON lines on stderr: stdout belongs to what a command prints. */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, redact: { paths: ['*.token', '*.password', '*.authorization', '*.secret'], censor: '•••' } },
    pino.destination({ dest: 2, sync: true }),
  );
}
