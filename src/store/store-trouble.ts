/**
 * SQLSTATE classes that say nothing of what was asked: connection, rolled back for others' sake, resources, locks and time-outs,
 * shutdown, I/O (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const CLASSES = new Set(['08', '25', '40', '53', '55', '57', '58']);

/** Whether the store itself is in trouble (away, overloaded, restarting): waiting helps, and what was asked is not at fault. */
export function isStoreTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isStoreTrouble);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^[0-9A-Z]{5}$/.test(code) && 'severity' in error) return CLASSES.has(code.slice(0, 2));
  // Sockets' errors have names (ECONNREFUSED), the driver's own have only a text.
  return /^E[A-Z]+$/.test(code) || /connection|connect|not queryable|timeout/i.test(error.message);
}

/** Whether the statement was rolled back for others' sake (deadlock, serialisation) and may simply be sent again. */
export function wasRolledBack(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^40[0-9A-Z]{3}$/.test(error.code);
}
