import type { Router } from 'express';
import { z } from 'zod';
import type { Account } from './account.ts';
import type { Subscription } from './model.ts';
import { pageOf } from './page-of.ts';
import { invalidInput, notFound } from './pagerduty-error.ts';
import { parseWrapped } from './parse-wrapped.ts';
import { PANEL_USER_ID } from './seed.ts';
import { pingEvent } from './webhook-body.ts';

const SubscriptionBody = z.object({
  type: z.literal('webhook_subscription'),
  active: z.boolean().default(true),
  delivery_method: z.object({
    type: z.literal('http_delivery_method'),
    url: z.url({ protocol: /^https?$/ }),
    custom_headers: z.array(z.object({ name: z.string().min(1), value: z.string() })).default([]),
  }),
  description: z.string().default(''),
  events: z.array(z.string()).min(1),
  filter: z.object({ type: z.enum(['service_reference', 'team_reference', 'account_reference']), id: z.string().optional() }),
});

export function addWebhookSubscriptions(router: Router, { context, state, sender }: Account): void {
  const get = (id: string): Subscription => {
    const subscription = state.subscriptions.get(id);
    if (!subscription) throw notFound();
    return subscription;
  };
  router.get('/webhook_subscriptions', (request, response) => {
    const all = [...state.subscriptions.values()];
    response.json(pageOf(request, 'webhook_subscriptions', all, (one) => subscriptionJson(one, context.clock.now())));
  });
  router.get('/webhook_subscriptions/:id', (request, response) => {
    response.json({ webhook_subscription: subscriptionJson(get(request.params.id), context.clock.now()) });
  });
  router.post('/webhook_subscriptions', (request, response) => {
    const body = parseWrapped('webhook_subscription', SubscriptionBody, request.body);
    const { id: filterId, type } = body.filter;
    if ((type === 'account_reference') !== (filterId === undefined)) throw invalidInput('Filter needs an id unless it is the account');
    const secret = state.newId('', 64);
    const subscription: Subscription = {
      id: state.newId('P', 7),
      url: body.delivery_method.url,
      secrets: [secret],
      customHeaders: body.delivery_method.custom_headers,
      description: body.description,
      active: body.active,
      events: body.events,
      filter: { type, ...(filterId === undefined ? {} : { id: filterId }) },
      consecutiveDrops: 0,
      disabledUntil: null,
    };
    state.subscriptions.set(subscription.id, subscription);
    // The only answer that ever shows the secret. 200 by the document, though it is a creation.
    response.json({ webhook_subscription: subscriptionJson(subscription, context.clock.now(), secret) });
  });
  router.delete('/webhook_subscriptions/:id', (request, response) => {
    state.subscriptions.delete(get(request.params.id).id);
    response.sendStatus(204);
  });
  router.post('/webhook_subscriptions/:id/enable', (request, response) => {
    const subscription = get(request.params.id);
    subscription.disabledUntil = null;
    subscription.consecutiveDrops = 0;
    response.json({ webhook_subscription: subscriptionJson(subscription, context.clock.now()) });
  });
  router.post('/webhook_subscriptions/:id/ping', (request, response) => {
    const subscription = get(request.params.id);
    sender.publish(pingEvent(state, context.clock.now(), PANEL_USER_ID), subscription.id);
    response.status(202).end();
  });
}

function subscriptionJson(subscription: Subscription, now: Date, secret: string | null = null): unknown {
  return {
    id: subscription.id,
    type: 'webhook_subscription',
    active: subscription.active,
    delivery_method: {
      id: `${subscription.id}D`,
      secret,
      temporarily_disabled: subscription.disabledUntil !== null && subscription.disabledUntil > now,
      type: 'http_delivery_method',
      url: subscription.url,
      custom_headers: subscription.customHeaders.map(({ name }) => ({ name, value: '<redacted>' })),
    },
    description: subscription.description,
    events: subscription.events,
    filter: subscription.filter,
  };
}
