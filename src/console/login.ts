import { isIPv4, isIPv6 } from 'node:net';
import { hashPassword, isPassword, makePassword } from './passwords.ts';
import type { Accounts } from './ports.ts';
import { RequestError } from './request-error.ts';

const WINDOW_SECONDS = 15 * 60;
const MAX_PER_ACCOUNT = 5;
/** Over all names together: guessing names can't fill the table either (SEC33). */
const MAX_PER_ADDRESS = 20;
/** Each check takes 19 MiB and 20 ms of a core; a flood of logins may not take more than this at once … */
const MAX_CHECKS = 2;
/** … nor may more than this wait. */
const MAX_WAITING = 20;

export interface Login {
  /** The user's id. Throws a 401 that doesn't say which of the two was wrong, or a 429 with the time to wait. */
  check(username: string, password: string, address: string): Promise<{ userId: string }>;
}

/** `hashForNobody`: an unknown user costs the same time as a known one (SEC19). */
export function createLogin(accounts: Accounts, hashForNobody: string): Login {
  const slots = createSlots();

  return {
    async check(username, password, address) {
      const place = toPlace(address);
      await refuseFlood(username, place, 0);
      return await slots(async () => {
        // Written before the check, so that parallel guesses see each other; taken back when the password is right.
        await accounts.addFailure(username, place, WINDOW_SECONDS);
        await refuseFlood(username, place, 1);
        const user = await accounts.findUser(username);
        const isRight = await isPassword(user?.passwordHash ?? hashForNobody, password);
        if (!isRight || user === undefined) throw new RequestError(401, 'login.wrong', 'This user and password don’t belong together.');
        await accounts.clearFailures(username, place);
        return { userId: user.id };
      });
    },
  };

  async function refuseFlood(username: string, place: string, own: number): Promise<void> {
    const failures = await accounts.countFailures(username, place, WINDOW_SECONDS);
    if (failures.forAccount - own < MAX_PER_ACCOUNT && failures.forAddress - own < MAX_PER_ADDRESS) return;
    const minutes = Math.ceil(failures.retryAfterS / 60);
    throw new RequestError(429, 'login.throttled', `Too many failed logins. Try again in ${minutes} minute${minutes === 1 ? '' : 's'}.`, {
      retryAfterS: failures.retryAfterS,
    });
  }
}

/** The hash of a password that nobody has; made once a start. */
export function makeHashForNobody(): Promise<string> {
  return hashPassword(makePassword());
}

/** What counts as one place: an IPv4 address, or the /64 that one household or one machine has of IPv6. */
export function toPlace(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || isIPv4(address)) return mapped ?? address;
  if (!isIPv6(address)) return 'unknown';
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

function createSlots() {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= MAX_CHECKS) {
      if (waiting.length >= MAX_WAITING)
        throw new RequestError(429, 'login.busy', 'Too many logins at once. Try again in a few seconds.', { retryAfterS: 5 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      // The slot is handed on as it is.
      else next();
    }
  };
}
