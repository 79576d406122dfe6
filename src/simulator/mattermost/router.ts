import express, { Router, type Request, type Response } from 'express';
import type { z } from 'zod';
import { invalidBody, invalidUrlParameter, MattermostError, RouteNotFound, toErrorBody, toNotFoundBody } from './errors.ts';
import { isId } from './ids.ts';
import type { User } from './model.ts';
import type { Server } from './state.ts';

/** One authenticated call, as a route sees it. */
export interface Call {
  readonly user: User;
  /** Path parameters as they came. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** undefined where there was none or it was no JSON. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly run: (call: Call) => Answer | Promise<Answer>;
}

/** A route that needs no token. */
export interface OpenRoute {
  readonly path: string;
  readonly run: () => Answer;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const done: Answer = { status: 200, body: { status: 'OK' } };

/** An id from the path: no route where it can't be one, a 400 where it has a wrong length; `me` is the caller. */
export function idParam(call: Call, name: string): string {
  const value = call.params[name] ?? '';
  if (!/^[A-Za-z0-9]+$/.test(value)) throw new RouteNotFound();
  if (name === 'user_id' && value === 'me') return call.user.id;
  if (!isId(value)) throw invalidUrlParameter(name);
  return value;
}

/** A name from the path: other characters than the route knows are no route. */
export function nameParam(call: Call, name: string): string {
  const value = call.params[name] ?? '';
  if (!/^[A-Za-z0-9_.-]+$/.test(value)) throw new RouteNotFound();
  return value;
}

/** Whatever can't be read as this body is refused by the body's name, as a JSON decoder's failure is. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, call: Call, name: string): z.output<Schema> {
  const parsed = schema.safeParse(call.body);
  if (!parsed.success) throw invalidBody(name);
  return parsed.data;
}

/** `page` from 0, `per_page` 60 by default and silently capped at 200. */
export function readPage(call: Call): { page: number; perPage: number } {
  const page = Number(call.query.get('page') ?? '0');
  const perPage = Number(call.query.get('per_page') ?? '60');
  return {
    page: Number.isInteger(page) && page > 0 ? page : 0,
    perPage: Number.isInteger(perPage) && perPage >= 0 ? Math.min(perPage, 200) : 60,
  };
}

export function createApiRouter(server: Server, open: readonly OpenRoute[], routes: readonly Route[]): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(express.raw({ type: () => true, limit: '50mb' }));
  for (const { path, run } of open) {
    router.get(path, (_request, response) => answer(server, response, () => run()));
  }
  for (const { method, path, run } of routes) {
    router[method](path, (request, response) =>
      answer(server, response, () => run({ ...readRequest(request), user: authenticate(server, request) }), request.originalUrl),
    );
  }
  router.use((request, response) => sendNotFound(response, request.originalUrl));
  return router;
}

async function answer(server: Server, response: Response, run: () => Answer | Promise<Answer>, url = ''): Promise<void> {
  const requestId = server.newId();
  response.setHeader('X-Request-Id', requestId);
  response.setHeader('X-Version-Id', '5.37.0.5.37.0.simulated.false');
  try {
    const { status, body } = await run();
    send(response, status, body);
  } catch (error) {
    if (error instanceof RouteNotFound) sendNotFound(response, url);
    else if (error instanceof MattermostError) send(response, error.status, toErrorBody(error, requestId));
    else throw error;
  }
}

function send(response: Response, status: number, body: unknown): void {
  response.status(status).type('application/json').send(JSON.stringify(body));
}

/** JSON inside text/plain, without a request id: clients must parse by trying. */
function sendNotFound(response: Response, originalUrl: string): void {
  const [path = ''] = originalUrl.replace(/^\/mattermost(?=\/)/, '').split('?');
  response.removeHeader('X-Request-Id');
  response
    .status(404)
    .type('text/plain')
    .send(JSON.stringify(toNotFoundBody(path)));
}

function readRequest(request: Request): Omit<Call, 'user'> {
  const body: unknown = request.body;
  return {
    params: Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)])),
    query: new URL(request.originalUrl, 'http://localhost').searchParams,
    body: Buffer.isBuffer(body) || typeof body === 'string' ? parseJson(body.toString()) : body,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `Bearer` or `token`, in any case. A personal token in the query string is refused by an id of its own. */
function authenticate(server: Server, request: Request): User {
  const [, scheme = '', sent = ''] = /^(\S+)\s+(\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  const fromQuery = new URL(request.originalUrl, 'http://localhost').searchParams.get('access_token');
  const token = ['bearer', 'token'].includes(scheme.toLowerCase()) ? sent : (fromQuery ?? '');
  const known = server.tokens.get(token);
  const user = server.users.get(known?.userId ?? '');
  if (!known?.active || !user) throw new MattermostError(401, 'api.context.session_expired.app_error');
  if (token === fromQuery) throw new MattermostError(401, 'api.context.token_provided.app_error');
  return user;
}
