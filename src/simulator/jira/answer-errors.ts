import type { NextFunction, Request, Response, Router } from 'express';
import { JiraError } from './jira-error.ts';

/** The last two handlers of the router: what is not there, and what was refused. */
export function answerErrors(router: Router): void {
  router.use((_request: Request, response: Response) => {
    response.status(404).json({ 'status-code': 404, message: 'null for uri' });
  });
  // Express tells error handlers by their four parameters.
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (!(error instanceof JiraError)) return next(error);
    response.status(error.status).json(error.toBody());
  });
}
