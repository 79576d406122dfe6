import type { Request, RequestHandler } from 'express';
import { PagerDutyError } from './pagerduty-error.ts';
import type { Reference } from './model.ts';
import { userReference } from './references.ts';
import { ACCOUNT_TOKEN, SERVICE_USER_ID, USER_TOKEN } from './seed.ts';
import { findUser, type PagerDutyState } from './state.ts';

/** 401 without the exact `Token token=` or `Bearer` form and a key that is known. */
export const requireToken: RequestHandler = (request, _response, next) => {
  if (readToken(request) === undefined) throw new PagerDutyError(401, 2006, 'Authentication failed');
  next();
};

/** The user behind a user's key; an account's key has none. */
export function keyUserId(request: Request): string | undefined {
  return readToken(request) === USER_TOKEN ? SERVICE_USER_ID : undefined;
}

/** Who writes: the key's user, else the one in `From`, which the vendor demands on these calls. */
export function readActor(state: PagerDutyState, request: Request): { readonly agent: Reference; readonly by: string } {
  const from = request.get('from');
  const keyUser = keyUserId(request);
  if (keyUser !== undefined) return { agent: userReference(state, keyUser), by: findUser(keyUser)?.email ?? keyUser };
  if (from === undefined || from === '') throw new PagerDutyError(400, 2011, 'Requester ID Required', ['From header is required']);
  const user = from.includes('@') ? findUser(from) : undefined;
  if (!user) throw new PagerDutyError(400, 1008, 'Requester User Not Found');
  return { agent: userReference(state, user.id), by: user.email };
}

function readToken(request: Request): string | undefined {
  const token = /^(?:Token token=|Bearer )(\S+)$/.exec(request.get('authorization') ?? '')?.[1];
  return token === ACCOUNT_TOKEN || token === USER_TOKEN ? token : undefined;
}
