import { join } from 'node:path';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { findUi } from './find-ui.ts';
import type { PageSimulator } from './page-simulator.ts';
import { readIssues } from './read-issues.ts';
import { streamChanges } from './stream-changes.ts';

export type { PageIncident, PageSimulator } from './page-simulator.ts';

/** The page shows at most this many posts of a channel. */
const shownPosts = 200;

const channelQuery = z.object({ channel: z.string().catch('') });
const clickBody = z.object({ user: z.string(), postId: z.string(), label: z.string() });
const postBody = z.object({ user: z.string(), channel: z.string(), text: z.string().trim().min(1) });
const joinBody = z.object({ user: z.string(), channel: z.string() });
const triggerBody = z.object({ title: z.string().trim().min(1).max(1024), urgency: z.enum(['high', 'low']) });
const changeBody = z.object({ email: z.string() });

/** The demo's web page: a chat with working buttons, a PagerDuty panel and the Jira issues, live. Mounted at `/`. */
export function createPage(simulator: PageSimulator): Router {
  const { mattermost, pagerduty } = simulator;
  const ui = findUi();
  const router = Router();

  router.use('/sim', forbidOtherHosts);
  router.get('/', forbidOtherHosts, (_request, response) => response.sendFile(join(ui, 'index.html')));
  router.use('/sim/ui', express.static(ui, { index: false, maxAge: 0 }));

  router.get('/sim/api/state', (request, response) => response.json(readState(simulator, channelQuery.parse(request.query).channel)));
  router.get('/sim/api/events', (_request, response) => streamChanges(response, (listener) => simulator.subscribe(listener)));

  // JSON only: a form on another site can't send that, so it can't press buttons here.
  const api = Router();
  api.use(express.json({ limit: '100kb' }));
  api.post('/click', async (request, response) => {
    const { user, postId, label } = clickBody.parse(request.body);
    response.json(await mattermost.click(user, postId, label));
  });
  api.post('/post', async (request, response) => {
    const { user, channel, text } = postBody.parse(request.body);
    response.status(201).json(await mattermost.postAs(user, channel, text));
  });
  api.post('/join', (request, response) => {
    const { user, channel } = joinBody.parse(request.body);
    mattermost.join(user, channel);
    response.json({});
  });
  api.post('/incidents', (request, response) => {
    pagerduty.trigger(triggerBody.parse(request.body));
    response.status(201).json({});
  });
  api.post('/incidents/:id/acknowledge', (request, response) => {
    pagerduty.acknowledge(request.params.id, changeBody.parse(request.body).email);
    response.json({});
  });
  api.post('/incidents/:id/resolve', (request, response) => {
    pagerduty.resolve(request.params.id, changeBody.parse(request.body).email);
    response.json({});
  });
  api.use(answerRefusal);
  router.use('/sim/api', api);
  return router;
}

/** Nothing but this page's own files may run or load here. */
function forbidOtherHosts(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  next();
}

/** A vendor's refusal is no fault of the page: its words go to the person who pressed. */
function answerRefusal(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(error);
  const message = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
  response.status(409).json({ message });
}

/** One answer with everything that is on the screen; posts only of the channel that is open. */
function readState(simulator: PageSimulator, open: string): Record<string, unknown> {
  const { mattermost, pagerduty, jira } = simulator;
  const channels = mattermost.channels().filter((channel) => channel.type !== 'D');
  const posts = channels.some((channel) => channel.name === open) ? mattermost.posts(open).slice(-shownPosts) : [];
  return {
    users: mattermost.users(),
    channels,
    posts,
    ephemerals: mattermost.ephemerals.filter((one) => one.channel === open).slice(-shownPosts),
    incidents: pagerduty
      .incidents()
      .slice(-shownPosts)
      .reverse()
      .map((incident) => ({
        id: incident.id,
        number: incident.number,
        title: incident.title,
        status: incident.status,
        urgency: incident.urgency,
        createdAt: incident.createdAt,
        changedAt: incident.lastStatusChangeAt,
        changedBy: incident.lastStatusChangeBy?.summary ?? '',
      })),
    issues: readIssues(jira.snapshot()),
  };
}
