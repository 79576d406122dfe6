import { z } from 'zod';
import type { Queryable } from './connection.ts';

/** People who may use the console, their sessions and their failed logins: all SQL of these three tables. */

const UserRow = z
  .object({ id: z.uuid(), username: z.string(), password_hash: z.string(), role: z.string() })
  .transform((row) => ({ id: row.id, username: row.username, passwordHash: row.password_hash, role: row.role }));
export type StoredUser = z.infer<typeof UserRow>;

const SessionRow = z
  .object({ user_id: z.uuid(), username: z.string(), role: z.string() })
  .transform((row) => ({ userId: row.user_id, username: row.username, role: row.role }));
export type StoredSession = z.infer<typeof SessionRow>;

const FailureRow = z
  .object({ for_account: z.coerce.number(), for_address: z.coerce.number(), retry_after_s: z.coerce.number().nullable() })
  .transform((row) => ({
    forAccount: row.for_account,
    forAddress: row.for_address,
    retryAfterS: Math.max(1, Math.ceil(row.retry_after_s ?? 1)),
  }));
export type LoginFailures = z.infer<typeof FailureRow>;

export interface NewUser {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly role: string;
}

export interface SessionLimits {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
}

interface Store extends Queryable {
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
}

/** Users, sessions and login failures. Every time is the database's own (`bridge.clock()`), so that processes agree. */
export function createAccounts(database: Store) {
  return {
    async findUser(username: string): Promise<StoredUser | undefined> {
      const { rows } = await database.query('SELECT id, username, password_hash, role FROM bridge.users WHERE username = $1', [username]);
      return rows[0] === undefined ? undefined : UserRow.parse(rows[0]);
    },

    /**
     * Makes a user unless the name is taken. Of two processes that start at once exactly one gets true. `beforeCommit` runs before
     * the row can be seen: what it prints is never lost to a crash right after the commit.
     */
    async addUser(user: NewUser, beforeCommit: () => void): Promise<boolean> {
      return await database.transaction(async (client) => {
        const { rows } = await client.query(
          'INSERT INTO bridge.users (id, username, password_hash, role) VALUES ($1, $2, $3, $4) ON CONFLICT (username) DO NOTHING RETURNING id',
          [user.id, user.username, user.passwordHash, user.role],
        );
        if (rows.length === 0) return false;
        beforeCommit();
        return true;
      });
    },

    /** A new password ends every session of its owner. */
    async setPassword(userId: string, passwordHash: string): Promise<void> {
      await database.query(
        `WITH changed AS (UPDATE bridge.users SET password_hash = $2 WHERE id = $1 RETURNING id)
         DELETE FROM bridge.sessions WHERE user_id IN (SELECT id FROM changed)`,
        [userId, passwordHash],
      );
    },

    /** Opens a session, and clears away those that are over anyway. */
    async addSession(idHash: string, userId: string, limits: SessionLimits): Promise<void> {
      await database.query(
        `DELETE FROM bridge.sessions
         WHERE seen_at < bridge.clock() - make_interval(secs => $1) OR created_at < bridge.clock() - make_interval(secs => $2)`,
        [limits.idleSeconds, limits.absoluteSeconds],
      );
      await database.query('INSERT INTO bridge.sessions (id_hash, user_id) VALUES ($1, $2)', [idHash, userId]);
    },

    async findSession(idHash: string, limits: SessionLimits): Promise<StoredSession | undefined> {
      const { rows } = await database.query(
        `SELECT s.user_id, u.username, u.role FROM bridge.sessions s JOIN bridge.users u ON u.id = s.user_id
         WHERE s.id_hash = $1
           AND s.seen_at > bridge.clock() - make_interval(secs => $2)
           AND s.created_at > bridge.clock() - make_interval(secs => $3)`,
        [idHash, limits.idleSeconds, limits.absoluteSeconds],
      );
      return rows[0] === undefined ? undefined : SessionRow.parse(rows[0]);
    },

    /** Notes that a person is there; at most one write a minute, since pages ask every two seconds. */
    async touchSession(idHash: string): Promise<void> {
      await database.query(
        "UPDATE bridge.sessions SET seen_at = bridge.clock() WHERE id_hash = $1 AND seen_at < bridge.clock() - interval '1 minute'",
        [idHash],
      );
    },

    async removeSession(idHash: string): Promise<void> {
      await database.query('DELETE FROM bridge.sessions WHERE id_hash = $1', [idHash]);
    },

    async removeSessionsOf(userId: string): Promise<void> {
      await database.query('DELETE FROM bridge.sessions WHERE user_id = $1', [userId]);
    },

    /** Failures of the last `windowSeconds`, and when the oldest of them leaves the window. */
    async countFailures(account: string, address: string, windowSeconds: number): Promise<LoginFailures> {
      const { rows } = await database.query(
        `SELECT count(*) FILTER (WHERE account = $1) AS for_account, count(*) AS for_address,
                extract(epoch FROM min(at) + make_interval(secs => $3) - bridge.clock()) AS retry_after_s
         FROM bridge.login_failures WHERE address = $2 AND at > bridge.clock() - make_interval(secs => $3)`,
        [account, address, windowSeconds],
      );
      return FailureRow.parse(rows[0]);
    },

    /** Notes an attempt as failed until it is known to be good; forgets what no window can see any more. */
    async addFailure(account: string, address: string, windowSeconds: number): Promise<void> {
      await database.query('DELETE FROM bridge.login_failures WHERE at < bridge.clock() - make_interval(secs => $1)', [windowSeconds]);
      await database.query('INSERT INTO bridge.login_failures (account, address) VALUES ($1, $2)', [account, address]);
    },

    async clearFailures(account: string, address: string): Promise<void> {
      await database.query('DELETE FROM bridge.login_failures WHERE account = $1 AND address = $2', [account, address]);
    },
  };
}
