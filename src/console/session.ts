import { createHash, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import type { Accounts, SessionLimits } from './ports.ts';
import { Role } from './roles.ts';
import type { Caller } from './roles.ts';

/** Sessions live on the server (SEC20): the cookie is a random id, the table holds its hash. */
const SESSION_LIMITS: SessionLimits = { idleSeconds: 30 * 60, absoluteSeconds: 12 * 60 * 60 };

/** Sent by our pages with the requests that a timer made while nobody touched the page: these don't keep a session alive. */
const UNATTENDED_HEADER = 'x-unattended';

export interface Sessions {
  /** Opens a session with a new id; returns the `Set-Cookie` value. */
  open(userId: string): Promise<string>;
  /** The person behind the request's cookie, while the session is good. */
  findCaller(request: Request): Promise<Caller | undefined>;
  /** Ends the request's session; returns the `Set-Cookie` value that takes the cookie away. */
  close(request: Request): Promise<string>;
  /** Ends every session of a user, on all devices. */
  closeAll(userId: string): Promise<void>;
}

export function createSessions(accounts: Accounts, publicUrl: string): Sessions {
  const secure = new URL(publicUrl).protocol === 'https:';
  // `__Host-` keeps a neighbouring subdomain from planting a cookie; browsers take it over https only.
  const name = secure ? '__Host-ib' : 'ib';
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

  return {
    async open(userId) {
      const id = randomBytes(32).toString('base64url');
      await accounts.addSession(digest(id), userId, SESSION_LIMITS);
      return `${name}=${id}; ${attributes}; Max-Age=${SESSION_LIMITS.absoluteSeconds}`;
    },

    async findCaller(request) {
      const id = readCookie(request, name);
      if (id === undefined) return undefined;
      const session = await accounts.findSession(digest(id), SESSION_LIMITS);
      if (session === undefined) return undefined;
      if (request.get(UNATTENDED_HEADER) === undefined) await accounts.touchSession(digest(id));
      return { userId: session.userId, username: session.username, role: Role.parse(session.role) };
    },

    async close(request) {
      const id = readCookie(request, name);
      if (id !== undefined) await accounts.removeSession(digest(id));
      return `${name}=; ${attributes}; Max-Age=0`;
    },

    closeAll: (userId) => accounts.removeSessionsOf(userId),
  };
}

function digest(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

/** Only ids of our own making are looked up: 43 signs of base64url. */
function readCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.get('cookie') ?? '').split(';')) {
    const [key, value] = pair.trim().split('=');
    if (key === name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}
