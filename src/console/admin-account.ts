import { randomUUID } from 'node:crypto';
import type { ConsoleDeps } from './deps.ts';
import { checkPassword, hashPassword, isPassword, makePassword } from './passwords.ts';

const ADMIN = 'admin';

type Deps = Pick<ConsoleDeps, 'accounts' | 'adminPassword' | 'printOnce' | 'log'>;

/**
 * Sees to it that `admin` can log in: with ADMIN_PASSWORD where it is set (a changed one replaces the stored one and ends all
 * sessions), else with a password that the first start makes and prints. Safe when several processes start at once.
 */
export async function ensureAdmin({ accounts, adminPassword, printOnce, log }: Deps): Promise<void> {
  if (adminPassword !== undefined) checkPassword(adminPassword);
  const present = (await accounts.findUser(ADMIN)) ?? (await addAdmin());
  if (present === undefined) return;
  if (adminPassword === undefined || (await isPassword(present.passwordHash, adminPassword))) return;
  await accounts.setPassword(present.id, await hashPassword(adminPassword));
  log.warn({ user: ADMIN }, 'ADMIN_PASSWORD differs from the stored password: it is taken, and all sessions are ended');

  /** undefined = made here; else the one that another process made first. */
  async function addAdmin() {
    const password = adminPassword ?? makePassword();
    const user = { id: randomUUID(), username: ADMIN, passwordHash: await hashPassword(password), role: 'admin' };
    const made = await accounts.addUser(user, () => {
      if (adminPassword === undefined) printOnce(firstPassword(password));
    });
    return made ? undefined : await accounts.findUser(ADMIN);
  }
}

function firstPassword(password: string): string {
  return [
    'The console has one user. Keep this password: it is not shown again.',
    `  user      ${ADMIN}`,
    `  password  ${password}`,
    'To choose your own, set ADMIN_PASSWORD and start again.',
  ].join('\n');
}
