import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Names one process so that another can tell whether it still lives. A pid alone is not enough: it is used again. */
export const ProcessIdentity = z.object({
  pid: z.int(),
  /** When it started, in the kernel's ticks since boot; '' where there is no /proc. */
  startedAt: z.string(),
  /** Host, boot and pid namespace: only where all agree do pids mean the same. */
  place: z.string(),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

export async function identifyThisProcess(): Promise<ProcessIdentity> {
  const [stat, boot, namespace] = await Promise.all([
    readStat(process.pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return { pid: process.pid, startedAt: stat?.startedAt ?? '', place: [hostname(), boot.trim(), namespace].join(' ') };
}

/** Whether `other` still lives, as far as `self` can tell: of a process in another container or on another host it can't. */
export async function tellAlive(other: ProcessIdentity, self: ProcessIdentity): Promise<'alive' | 'dead' | 'unknown'> {
  if (other.place !== self.place) return 'unknown';
  if (self.startedAt !== '') {
    const stat = await readStat(other.pid);
    // Z and X: dead, only not yet collected by its parent.
    return stat === undefined || stat.startedAt !== other.startedAt || 'ZX'.includes(stat.state) ? 'dead' : 'alive';
  }
  try {
    process.kill(other.pid, 0);
    return 'unknown';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'dead' : 'unknown';
  }
}

/** State and start of a process, from /proc (proc(5): fields 3 and 22); undefined when there is none such. */
async function readStat(pid: number): Promise<{ state: string; startedAt: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name in field 2 may hold blanks and parentheses.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedAt] = [fields?.[0], fields?.[19]];
  return state === undefined || startedAt === undefined ? undefined : { state, startedAt };
}
