import type { Request } from 'express';
import type { z } from 'zod';
import type { ConsoleDeps } from '../deps.ts';
import type { Login } from '../login.ts';
import { RequestError } from '../request-error.ts';
import type { Access, Caller } from '../roles.ts';
import type { Sessions } from '../session.ts';

export interface RouteContext {
  readonly deps: ConsoleDeps;
  readonly sessions: Sessions;
  readonly login: Login;
  /** Answers the number of ended runs by state; counted at most every few seconds. */
  countEnded(): ReturnType<ConsoleDeps['reads']['countEndedRuns']>;
  readonly request: Request;
  /** Only routes for `anyone` can be without. */
  readonly caller: Caller | undefined;
}

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly body: unknown;
  /** `Set-Cookie` value. */
  readonly cookie?: string;
  /** The database's time, for pages that count up; a header, so that it doesn't make every answer a new one. */
  readonly now?: string;
}

/** One route of the API: what it takes and who may call it stand together. */
export interface Route {
  readonly method: 'get' | 'post';
  /** Below `/api/v1`, in Express's words. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  /** `raw` = path parameters, query (GET) and body (POST) in one object; path parameters win. */
  answer(raw: unknown, context: RouteContext): Promise<Answer>;
}

export interface RouteDefinition<Input extends z.ZodType> extends Omit<Route, 'answer'> {
  readonly input: Input;
  run(input: z.infer<Input>, context: RouteContext): Promise<Answer>;
}

/** Puts the schema in front of `run`: bad input is a 400 that names every field. */
export function defineRoute<Input extends z.ZodType>({ input, run, ...route }: RouteDefinition<Input>): Route {
  return {
    ...route,
    async answer(raw, context) {
      const parsed = input.safeParse(raw);
      if (!parsed.success) {
        const issues = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
        const first = issues.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');
        throw new RequestError(400, 'request.invalid', `The request can’t be read. ${first}`, { issues });
      }
      return await run(parsed.data, context);
    },
  };
}

/** The caller of a route that isn't for `anyone`. */
export function getCaller({ caller }: RouteContext): Caller {
  if (caller === undefined) throw new RequestError(401, 'login.needed', 'Log in first.');
  return caller;
}
