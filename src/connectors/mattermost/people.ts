import type { Clock } from '../../core/clock.ts';
import type { ChatPerson } from '../../core/ports.ts';
import { createCache } from '../cache.ts';
import { VendorRefusal } from '../vendor-error.ts';
import type { MattermostClient, MattermostUser } from './client.ts';

type Kind = 'ids' | 'usernames' | 'email';

/** Looks people up by username (with or without @), id or e-mail address; what was found is kept for five minutes, what wasn't for one. */
export function createPeople(client: MattermostClient, clock: Clock) {
  const known = createCache<ChatPerson>({ clock, ttlMs: 5 * 60_000, maxEntries: 5_000 });
  const strangers = createCache<true>({ clock, ttlMs: 60_000, maxEntries: 1_000 });

  async function lookUp(kind: Kind, names: readonly string[], signal: AbortSignal): Promise<void> {
    const found = kind === 'email' ? await byEmail(names, signal) : await inBatches(kind, names, signal);
    for (const user of found) {
      const person = toPerson(user);
      known.set(user.id, person);
      known.set(user.username.toLowerCase(), person);
    }
  }

  async function inBatches(kind: 'ids' | 'usernames', names: readonly string[], signal: AbortSignal): Promise<MattermostUser[]> {
    const found: MattermostUser[] = [];
    for (let start = 0; start < names.length; start += 100) {
      found.push(...(await client.readUsersBy(kind, names.slice(start, start + 100), signal)));
    }
    return found.filter(isActive);
  }

  /** There is no batch call for addresses; kept under the address asked for, since the answer's may be hidden. */
  async function byEmail(addresses: readonly string[], signal: AbortSignal): Promise<MattermostUser[]> {
    const answers = await Promise.all(
      addresses.map(async (address) => {
        try {
          const user = await client.readUserByEmail(address, signal);
          if (!isActive(user)) return [];
          known.set(address, toPerson(user));
          return [user];
        } catch (error) {
          // 400: not an address by the server's rules.
          if (error instanceof VendorRefusal && (error.status === 404 || error.status === 400)) return [];
          throw error;
        }
      }),
    );
    return answers.flat();
  }

  return async function findPeople(names: readonly string[], signal: AbortSignal) {
    const keys = names.map((name) => name.trim().replace(/^@/, '').toLowerCase());
    const wanted: Record<Kind, Set<string>> = { ids: new Set(), usernames: new Set(), email: new Set() };
    for (const key of keys) if (key !== '' && !known.peek(key) && !strangers.peek(key)) wanted[kindOf(key)].add(key);
    await Promise.all([
      wanted.ids.size > 0 && lookUp('ids', [...wanted.ids], signal),
      wanted.usernames.size > 0 && lookUp('usernames', [...wanted.usernames], signal),
      wanted.email.size > 0 && lookUp('email', [...wanted.email], signal),
    ]);
    // A username may have the look of an id.
    const unsolved = [...wanted.ids].filter((key) => !known.peek(key));
    if (unsolved.length > 0) await lookUp('usernames', unsolved, signal);

    const found = new Map<string, ChatPerson>();
    const unknown: string[] = [];
    for (const [index, key] of keys.entries()) {
      const person = await known.peek(key);
      if (person) found.set(person.id, person);
      else {
        unknown.push(names[index] ?? key);
        // Not renewed by asking: after a minute the server is asked again.
        if (key !== '' && !strangers.peek(key)) strangers.set(key, true);
      }
    }
    return { found: [...found.values()], unknown };
  };
}

function kindOf(key: string): Kind {
  if (key.includes('@')) return 'email';
  return /^[a-z0-9]{26}$/.test(key) ? 'ids' : 'usernames';
}

/** Deactivated accounts can't be added to a channel. */
function isActive(user: MattermostUser): boolean {
  return user.delete_at === 0;
}

function toPerson(user: MattermostUser): ChatPerson {
  const fullName = `${user.first_name} ${user.last_name}`.trim();
  return { id: user.id, username: user.username, name: fullName || user.nickname || user.username, email: user.email };
}
