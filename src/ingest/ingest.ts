import { createHash, randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import type { Clock } from '../core/clock.ts';
import type { Connector, EventIngest, InteractiveIngest } from '../core/connector.ts';
import type { Failpoint } from '../core/failpoint.ts';
import type { Log } from '../core/log.ts';
import type { DeliveryStore, NewDelivery } from '../core/store.ts';
import { readBody } from './read-body.ts';
import type { Outcomes } from './outcomes.ts';
import { secureParse } from './secure-parse.ts';

export interface ClickToken {
  readonly run: string;
  readonly action: string;
  readonly visit: number;
  readonly to: string;
  readonly label: string;
  readonly channel: string;
}

export interface IngestOptions {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly deliveries: DeliveryStore;
  readonly outcomes: Outcomes;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoint: Failpoint;
  readonly maxBytes: number;
  /** Requests held at once; above it 503. */
  readonly maxInFlight: number;
  readToken(text: string): ClickToken | undefined;
  wakeDelivery(id: string): Promise<void>;
  /** Each refused signature is told once here: a metric and a sampled log line, no database write. */
  onRefused(source: string, reason: string): void;
}

/** Headers worth keeping with a delivery; secrets and cookies are not among them. */
const KEPT_HEADERS = ['content-type', 'user-agent', 'x-webhook-id', 'x-webhook-subscription', 'x-pagerduty-signature'];

/** The doors `/hooks/…`: raw bytes → verify → parse → dedupe → commit → answer → wake (DESIGN §3). */
export function createIngest(options: IngestOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  let inFlight = 0;
  for (const [id, connector] of options.connectors) {
    const { ingest, interactive } = connector;
    if (ingest)
      router.post(`/hooks/${id}`, (request, response) => hold(request, response, (body) => takeEvent(id, ingest, body, request, response)));
    if (interactive)
      router.post(`/hooks/${id}/actions`, (request, response) =>
        hold(request, response, (body) => takeClick(id, interactive, body, request, response)),
      );
  }
  return router;

  /** Limits first; then the work, whose trouble is always ours (503), never the sender's. */
  async function hold(request: Request, response: Response, work: (body: Buffer) => Promise<void>): Promise<void> {
    if (inFlight >= options.maxInFlight) return busy(response, 'too many requests at once');
    inFlight += 1;
    try {
      const read = await readBody(request, options.maxBytes);
      if (!read.ok) {
        response
          .status(read.status)
          .set('Connection', 'close')
          .json({ error: read.status === 413 ? `the body is larger than ${options.maxBytes} bytes` : 'the body could not be read' });
        response.once('finish', () => {
          request.destroy();
        });
        return;
      }
      await work(read.body);
    } catch (error) {
      options.log.error({ err: error, path: request.path }, 'a delivery could not be stored; the sender is asked to try again');
      busy(response, 'could not be stored');
    } finally {
      inFlight -= 1;
    }
  }

  async function takeEvent(source: string, ingest: EventIngest, rawBody: Buffer, request: Request, response: Response): Promise<void> {
    if (!isJson(request))
      return void response.status(415).json({ error: 'the content type must be application/json, without an encoding' });
    if (ingest.secrets.length === 0) return busy(response, `the secret of ${source} is not configured`);
    const signed = { headers: request.headers, rawBody };
    const refusal = ingest.verify(signed, ingest.secrets);
    if (refusal !== undefined) {
      options.onRefused(source, refusal);
      return void response.status(401).json({ error: 'the signature does not match' });
    }
    const parsed = ingest.parse(rawBody);
    const event = parsed.kind === 'event' ? parsed.event : undefined;
    const delivery: NewDelivery = {
      id: randomUUID(),
      source,
      door: 'event',
      ...ingest.identify(signed),
      headers: keptHeaders(request),
      body: rawBody,
      event,
      correlationKey: event?.key,
      occurredAt: event?.occurredAt,
      decided: parsed.kind === 'event' ? undefined : { outcome: parsed.kind, reason: parsed.reason },
    };
    const isNew = await store(delivery);
    options.log.info(
      { delivery: delivery.id, source, outcome: isNew ? 'stored' : 'duplicate', type: event?.type, key: event?.key },
      'delivery',
    );
    response.status(isNew ? 202 : 200).json(isNew ? { status: 'stored', id: delivery.id } : { status: 'duplicate' });
    if (isNew && event) void options.wakeDelivery(delivery.id);
  }

  async function store(delivery: NewDelivery): Promise<boolean> {
    options.failpoint('ingest.before-commit');
    const isNew = await options.deliveries.insert(delivery);
    options.failpoint('ingest.after-commit');
    return isNew;
  }

  async function takeClick(
    source: string,
    interactive: InteractiveIngest,
    rawBody: Buffer,
    request: Request,
    response: Response,
  ): Promise<void> {
    const click = isJson(request) ? interactive.parseClick(secureParse(rawBody)) : undefined;
    const token = click && options.readToken(click.token);
    if (!click || !token) {
      options.onRefused(source, 'a button callback without our token');
      return void response.status(401).json({ error: 'this is not a button of ours' });
    }
    const strange = token.channel !== click.channelId;
    const delivery: NewDelivery = {
      id: randomUUID(),
      source,
      door: 'button',
      deliveryKey: `click:${click.clickId}`,
      eventKey: undefined,
      headers: keptHeaders(request),
      body: withoutToken(click),
      event: {
        runId: token.run,
        click: {
          kind: 'click',
          action: token.action,
          visit: token.visit,
          to: token.to,
          label: token.label,
          personId: click.personId,
          username: click.username,
          channelId: click.channelId,
          postId: click.postId,
        },
      },
      correlationKey: `run:${token.run}`,
      occurredAt: undefined,
      decided: strange ? { outcome: 'refused', reason: 'the button was made for another channel' } : undefined,
    };
    // Subscribed before the insert, so that an outcome can't come between.
    const outcome = options.outcomes.wait(delivery.id);
    const isNew = await store(delivery).catch((error: unknown) => {
      outcome.stop();
      throw error;
    });
    if (strange) return answer('This button belongs to another channel.');
    if (!isNew) return answer('This press was taken already.');
    void options.wakeDelivery(delivery.id);
    const text = await outcome.text();
    options.log.info(
      { delivery: delivery.id, source, run: token.run, button: token.label, person: click.username, answered: text },
      'click',
    );
    return answer(text);

    function answer(text: string | undefined): void {
      outcome.stop();
      response.json(interactive.answer(text === '' ? undefined : text));
    }
  }
}

function busy(response: Response, reason: string): void {
  if (response.headersSent) return;
  response.status(503).set('Retry-After', '5').json({ error: reason });
}

function isJson(request: Request): boolean {
  const type = request.headers['content-type'] ?? '';
  const encoding = request.headers['content-encoding'];
  return /^application\/json\s*(;|$)/i.test(type) && (encoding === undefined || encoding === 'identity');
}

function keptHeaders(request: Request): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value.slice(0, 1000)]] : [];
    }),
  );
}

/** The token opens the button for whoever reads it, so what is kept of a click is everything else. */
function withoutToken(click: {
  readonly token: string;
  readonly personId: string;
  readonly username: string;
  readonly channelId: string;
  readonly postId: string;
}): Buffer {
  const { personId, username, channelId, postId } = click;
  return Buffer.from(
    JSON.stringify({ personId, username, channelId, postId, token: createHash('sha256').update(click.token).digest('hex').slice(0, 16) }),
  );
}
