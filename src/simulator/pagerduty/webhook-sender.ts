import { createHmac, randomUUID } from 'node:crypto';
import { systemClock } from '../../core/clock.ts';
import type { VendorContext } from '../vendor.ts';
import type { Subscription } from './model.ts';
import { createPoster, WEBHOOK_TIMEOUT_MS } from './post-webhook.ts';
import type { PagerDutyState } from './state.ts';
import type { WebhookEvent } from './webhook-body.ts';

export interface WebhookSenderOptions {
  /** The vendor's unpublished spacing over 48 hours, compressed; the last one repeats. Default 200, 500, 1000, 2000 ms. */
  readonly retryDelaysMs?: readonly number[];
  /** When the vendor gives a webhook up and drops it. Default 200. */
  readonly maxAttempts?: number;
  /** How often each delivery is sent, at the same moment and with the same `X-Webhook-Id`. Default 1. */
  readonly duplicateDeliveries?: number;
  /** From the change to the first attempt. Default 0: right away, but never before the write that caused it is answered. */
  readonly echoDelayMs?: number;
  /** How long three dropped webhooks in a row disable the subscription, by the injected clock. Default 24 hours. */
  readonly disabledForMs?: number;
  /** Default 5000, the vendor's. */
  readonly timeoutMs?: number;
}

export interface SentWebhook {
  readonly webhookId: string;
  readonly subscriptionId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly incidentId: string;
  readonly body: string;
  /** `status` 0: timeout or connection fault. */
  readonly attempts: readonly { readonly at: string; readonly status: number }[];
  /** `discarded`: it stood in the queue when its subscription was disabled. */
  readonly outcome: 'pending' | 'delivered' | 'dropped' | 'discarded';
}

interface Delivery extends SentWebhook {
  attempts: { at: string; status: number }[];
  outcome: SentWebhook['outcome'];
}

export interface WebhookSender {
  readonly sent: readonly SentWebhook[];
  /** Queues the event for every subscription that wants it; `only` names one (for pings). */
  publish(event: WebhookEvent, only?: string): void;
  /** Resolves when no webhook is pending. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createWebhookSender(context: VendorContext, state: PagerDutyState, options: WebhookSenderOptions): WebhookSender {
  const delays = options.retryDelaysMs ?? [200, 500, 1000, 2000];
  const poster = createPoster();
  const closing = new AbortController();
  const sent: Delivery[] = [];
  /** Head of line: one queue per subscription and incident, in order of the events. */
  const queues = new Map<string, Delivery[]>();
  const running = new Set<Promise<void>>();

  const isDisabled = (subscription: Subscription) =>
    subscription.disabledUntil !== null && subscription.disabledUntil > context.clock.now();

  const attempt = async (subscription: Subscription, delivery: Delivery): Promise<number> => {
    const headers = signedHeaders(subscription, delivery);
    const timeoutMs = options.timeoutMs ?? WEBHOOK_TIMEOUT_MS;
    const once = () => poster.post(subscription.url, headers, delivery.body, closing.signal, timeoutMs).catch(() => 0);
    const statuses = await Promise.all(Array.from({ length: options.duplicateDeliveries ?? 1 }, once));
    for (const status of statuses) {
      delivery.attempts.push({ at: context.clock.now().toISOString(), status });
      if (status > 0) {
        const detail = { webhookId: delivery.webhookId, eventId: delivery.eventId, eventType: delivery.eventType, status };
        context.record({ effect: 'webhook.answered', marker: '', subject: delivery.incidentId, by: 'pagerduty', detail });
      }
    }
    // With duplicates the delivery counts as taken when each of them was.
    return statuses.find((status) => status < 200 || status > 299) ?? 200;
  };

  const deliver = async (subscription: Subscription, delivery: Delivery): Promise<void> => {
    await systemClock.sleep(options.echoDelayMs ?? 0, closing.signal);
    for (let tries = 0; delivery.outcome === 'pending'; tries += 1) {
      if (closing.signal.aborted) return;
      const status = await attempt(subscription, delivery);
      if (status >= 200 && status <= 299) {
        subscription.consecutiveDrops = 0;
        delivery.outcome = 'delivered';
      } else if (isRetried(status) && tries + 1 < (options.maxAttempts ?? 200)) {
        await systemClock.sleep(delays[tries] ?? delays.at(-1) ?? 1000, closing.signal);
      } else {
        drop(subscription, delivery);
      }
    }
  };

  const drop = (subscription: Subscription, delivery: Delivery): void => {
    delivery.outcome = 'dropped';
    subscription.consecutiveDrops += 1;
    if (subscription.consecutiveDrops < 3) return;
    subscription.disabledUntil = new Date(context.clock.now().getTime() + (options.disabledForMs ?? 86_400_000));
    for (const waiting of sent) {
      if (waiting.subscriptionId === subscription.id && waiting.outcome === 'pending') waiting.outcome = 'discarded';
    }
    context.changed();
  };

  const drain = async (key: string, subscription: Subscription, queue: Delivery[]): Promise<void> => {
    for (let head = queue[0]; head && !closing.signal.aborted; head = queue[0]) {
      await deliver(subscription, head);
      queue.shift();
    }
    queues.delete(key);
  };

  const enqueue = (subscription: Subscription, event: WebhookEvent): void => {
    const delivery: Delivery = {
      webhookId: randomUUID(),
      subscriptionId: subscription.id,
      eventId: event.id,
      eventType: event.type,
      incidentId: event.incidentId,
      body: event.body,
      attempts: [],
      outcome: 'pending',
    };
    sent.push(delivery);
    const key = `${subscription.id} ${event.incidentId}`;
    const queue = queues.get(key);
    if (queue) {
      queue.push(delivery);
      return;
    }
    const fresh = [delivery];
    queues.set(key, fresh);
    const work = drain(key, subscription, fresh).finally(() => running.delete(work));
    running.add(work);
  };

  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running);
  };

  return {
    sent,
    publish(event, only) {
      if (closing.signal.aborted) return;
      for (const subscription of state.subscriptions.values()) {
        const wanted = only === undefined ? wants(subscription, event) : subscription.id === only;
        if (wanted && subscription.active && !isDisabled(subscription)) enqueue(subscription, event);
      }
    },
    idle,
    async close() {
      closing.abort();
      await idle();
      poster.close();
    },
  };
}

const isRetried = (status: number) => status === 0 || status === 429 || status >= 500;

function wants({ events, filter }: Subscription, event: WebhookEvent): boolean {
  return events.includes(event.type) && (filter.type === 'account_reference' || filter.id === event.serviceId);
}

function signedHeaders(subscription: Subscription, delivery: Delivery): Record<string, string> {
  const signature = (secret: string) => `v1=${createHmac('sha256', secret).update(delivery.body).digest('hex')}`;
  return {
    ...Object.fromEntries(subscription.customHeaders.map(({ name, value }) => [name.toLowerCase(), value])),
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'PagerDuty-Webhook/V3.0',
    'x-webhook-id': delivery.webhookId,
    'x-webhook-subscription': subscription.id,
    'x-pagerduty-signature': subscription.secrets.map(signature).join(','),
  };
}
