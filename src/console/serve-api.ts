import { createHash } from 'node:crypto';
import { json, Router } from 'express';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Answer, Route, RouteContext } from './api/route.ts';
import { refuseForeign } from './guard.ts';
import { RequestError } from './request-error.ts';
import { mayUse } from './roles.ts';

/** Our own bodies are a few hundred bytes. */
const MAX_BODY = '16kb';

/** Serves a table of routes. What the table doesn't name is refused: 401 to strangers, 404 to those who are logged in. */
export function serveApi(routes: readonly Route[], context: Omit<RouteContext, 'request' | 'caller'>): Router {
  const { deps, sessions } = context;
  const api = Router({ caseSensitive: true });
  api.use(refuseForeign(deps.publicUrl, { json: true }), json({ limit: MAX_BODY, inflate: false }));

  for (const route of routes) {
    api[route.method](route.path, async (request, response) => {
      const caller = await sessions.findCaller(request);
      if (!mayUse(route.access, caller)) throw caller === undefined ? loginNeeded() : notAllowed(route);
      send(request, response, await route.answer(readInput(request), { ...context, request, caller }));
    });
  }

  api.use(async (request) => {
    if ((await sessions.findCaller(request)) === undefined) throw loginNeeded();
    throw new RequestError(404, 'request.unknown_route', `There is no ${request.method} ${request.baseUrl}${request.path}.`);
  });
  api.use(answerError(deps.log));
  return api;
}

function loginNeeded(): RequestError {
  return new RequestError(401, 'login.needed', 'Log in first.');
}

function notAllowed(route: Route): RequestError {
  return new RequestError(403, 'request.not_allowed', `This needs the role ${route.access}.`);
}

/** Path parameters last: they are what the guard and the log have seen. */
function readInput(request: Request): unknown {
  const body: unknown = request.body;
  const given: unknown = request.method === 'GET' || request.method === 'HEAD' ? request.query : (body ?? {});
  const fields = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : { body: given };
  return { ...fields, ...request.params };
}

/**
 * Answers with a tag of the content, so that a page that asks every two seconds mostly gets a 304. Not Express's own tag: that needs
 * answers that browsers may keep, and these hold incident text.
 */
function send(request: Request, response: Response, { status = 200, body, cookie, now }: Answer): void {
  if (cookie !== undefined) response.append('Set-Cookie', cookie);
  if (now !== undefined) response.set('X-Bridge-Now', now);
  const text = JSON.stringify(body);
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  response.set({ 'Cache-Control': 'no-store', 'Content-Type': 'application/json; charset=utf-8', ETag: tag });
  if (request.method === 'GET' && request.get('if-none-match') === tag) response.status(304).end();
  else response.status(status).end(text);
}

/** The one place that turns an error into an HTTP answer. */
export function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const known = toRequestError(error);
    if (known === undefined) {
      log.error(
        { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined, method: request.method, path: request.path },
        'console request failed',
      );
    }
    const { status, code, message, details } =
      known ?? new RequestError(500, 'request.failed', 'Something went wrong on our side; the log says what. Try again.');
    const retryAfterS = details['retryAfterS'];
    if (typeof retryAfterS === 'number') response.set('Retry-After', String(retryAfterS));
    response
      .status(status)
      .set('Cache-Control', 'no-store')
      .json({ code, message, ...details });
  };
}

/** Express and its body parser throw errors with a status of 4xx for requests that can't be read. */
function toRequestError(error: unknown): RequestError | undefined {
  if (error instanceof RequestError) return error;
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status > 499) return undefined;
  return new RequestError(
    error.status,
    'request.unreadable',
    error.status === 413 ? 'The request is too big.' : 'The request can’t be read: it is not valid JSON.',
  );
}
