import { z } from 'zod';

/** From the least to the most; each may do what those before it may. */
export const ROLES = ['viewer', 'responder', 'editor', 'admin'] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** Who may call a route: anyone (no login), or this role and those above it. */
export type Access = 'anyone' | Role;

/** The person behind a request. */
export interface Caller {
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
}

export function mayUse(access: Access, caller: Caller | undefined): boolean {
  if (access === 'anyone') return true;
  return caller !== undefined && ROLES.indexOf(caller.role) >= ROLES.indexOf(access);
}
