import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { JiraError } from './jira-error.ts';
import { BRIDGE_ACCOUNT_ID, BRIDGE_EMAIL, BRIDGE_TOKEN } from './seed.ts';

const AUTHORIZATION = `Basic ${Buffer.from(`${BRIDGE_EMAIL}:${BRIDGE_TOKEN}`).toString('base64')}`;

/** The caller's account, or undefined: bad credentials are those of an anonymous visitor. */
export function callerId<Params>(request: Request<Params>): string | undefined {
  return request.get('authorization') === AUTHORIZATION ? BRIDGE_ACCOUNT_ID : undefined;
}

/** Generic, so that a route's own parameters keep their types behind it. */
export function requireCaller<Params>(request: Request<Params>, _response: Response, next: NextFunction): void {
  if (callerId(request) === undefined) {
    throw new JiraError(401, ['You are not authenticated. Authentication required to perform this operation.']);
  }
  next();
}

/** Cloud answers 415 to bodies that do not call themselves JSON. */
export const requireJson: RequestHandler = (request, response, next) => {
  if (request.method !== 'POST' && request.method !== 'PUT') return next();
  if (!(request.get('content-type') ?? '').startsWith('application/json')) return void response.status(415).end();
  next();
};
