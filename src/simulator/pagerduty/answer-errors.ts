import type { NextFunction, Request, Response, Router } from 'express';
import { notFound, PagerDutyError } from './pagerduty-error.ts';

/** The last two handlers of the router: what is not there, and what was refused. */
export function answerErrors(router: Router): void {
  router.use(() => {
    throw notFound();
  });
  // Express tells error handlers by their four parameters.
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (!(error instanceof PagerDutyError)) return next(error);
    response.status(error.status).json(error.toBody());
  });
}
