import express, { Router, type Response } from 'express';
import { z } from 'zod';
import type { Faults } from './faults.ts';
import type { Simulator } from './simulator.ts';
import type { Fault } from './vendor.ts';

const FaultBody = z.strictObject({
  vendor: z.enum(['mattermost', 'pagerduty', 'jira']),
  method: z.string().optional(),
  path: z.string().refine(isPattern, 'is no regular expression').optional(),
  kind: z.enum(['refuse', 'status', 'garbage', 'drop_after', 'status_after', 'slow', 'hang']),
  status: z.number().int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  delayMs: z.number().nonnegative().optional(),
  times: z.number().int().positive().optional(),
  probability: z.number().min(0).max(1).optional(),
});
const TriggerBody = z.object({
  title: z.string().min(1),
  urgency: z.enum(['high', 'low']).optional(),
  serviceId: z.string().optional(),
  id: z.string().optional(),
});
const ChangeBody = z.object({ userId: z.string().optional(), content: z.string().optional() });
const TargetBody = z.object({ url: z.url(), secrets: z.array(z.string().min(1)) });

/** The control API under `/control`: what tests in other processes and the page use instead of the `Simulator` object. */
export function createControl(simulator: Simulator, faults: Faults): Router {
  const router = Router();
  const { pagerduty } = simulator;
  router.use(express.json({ limit: '1mb' }));
  router.get('/ledger', (_request, response) => void response.json(simulator.ledger));
  router.get('/requests', (_request, response) => void response.json(simulator.requests));
  router.get('/webhooks', (_request, response) => void response.json(pagerduty.sentWebhooks));
  router.get('/state', (_request, response) => {
    const { mattermost, jira } = simulator;
    response.json({ mattermost: mattermost.snapshot(), pagerduty: pagerduty.snapshot(), jira: jira.snapshot() });
  });
  router.get('/events', (_request, response) => streamChanges(simulator, response));

  router.get('/faults', (_request, response) => {
    response.json(faults.list().map(({ id, used, fault }) => ({ id, used, ...fault, path: fault.path?.source })));
  });
  router.post('/faults', (request, response) => {
    const parsed = FaultBody.safeParse(request.body);
    if (!parsed.success) return refuse(response, parsed.error);
    const { path, ...rest } = parsed.data;
    const fault: Fault = {
      ...withoutUndefined(rest),
      vendor: rest.vendor,
      kind: rest.kind,
      ...(path === undefined ? {} : { path: new RegExp(path) }),
    };
    simulator.addFault(fault);
    response.status(201).json({ id: faults.list().at(-1)?.id });
  });
  router.delete('/faults', (_request, response) => {
    simulator.clearFaults();
    response.sendStatus(204);
  });

  router.post('/pagerduty/target', (request, response) => {
    const parsed = TargetBody.safeParse(request.body);
    if (!parsed.success) return refuse(response, parsed.error);
    pagerduty.setWebhookTarget(parsed.data.url, parsed.data.secrets);
    response.sendStatus(204);
  });
  router.post('/pagerduty/trigger', (request, response) => {
    const parsed = TriggerBody.safeParse(request.body);
    if (!parsed.success) return refuse(response, parsed.error);
    try {
      response.status(201).json(pagerduty.trigger({ ...withoutUndefined(parsed.data), title: parsed.data.title }));
    } catch (error) {
      response.status(409).json({ error: error instanceof Error ? error.message : String(error) });
    }
  });
  router.post('/pagerduty/incidents/:id/:change', (request, response) => {
    const parsed = ChangeBody.safeParse(request.body ?? {});
    if (!parsed.success) return refuse(response, parsed.error);
    const { id, change } = request.params;
    const { userId, content } = parsed.data;
    try {
      if (change === 'acknowledge') pagerduty.acknowledge(id, userId);
      else if (change === 'resolve') pagerduty.resolve(id, userId);
      else if (change === 'reopen') pagerduty.reopen(id, userId);
      else if (change === 'unacknowledge') pagerduty.unacknowledge(id);
      else if (change === 'note') pagerduty.addNote(id, content ?? '', userId);
      else return void response.status(404).json({ error: `There is no change "${change}".` });
    } catch (error) {
      return void response.status(409).json({ error: error instanceof Error ? error.message : String(error) });
    }
    response.json(pagerduty.incident(id));
  });
  return router;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Optional keys that are absent rather than undefined, as `exactOptionalPropertyTypes` wants them. */
function withoutUndefined<T extends object>(value: T): Defined<T> {
  const copy: Defined<T> = { ...value } satisfies T;
  for (const key in copy) if (copy[key] === undefined) Reflect.deleteProperty(copy, key);
  return copy;
}

function refuse(response: Response, error: z.ZodError): void {
  response.status(400).json({ error: z.prettifyError(error) });
}

function streamChanges(simulator: Simulator, response: Response): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(':\n\n');
  let pending: NodeJS.Timeout | undefined;
  // A burst of effects is one event: the page reads the whole state anyway.
  const unsubscribe = simulator.subscribe(() => {
    pending ??= setTimeout(() => {
      pending = undefined;
      response.write('event: changed\ndata: {}\n\n');
    }, 30);
  });
  response.on('close', () => {
    unsubscribe();
    clearTimeout(pending);
  });
}
