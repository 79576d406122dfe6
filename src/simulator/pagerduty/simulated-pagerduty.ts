import { Router } from 'express';
import type { SimulatedVendor, VendorContext } from '../vendor.ts';
import type { Account, RepeatShape } from './account.ts';
import { answerErrors } from './answer-errors.ts';
import { requireToken } from './caller.ts';
import { addCatalogue } from './catalogue.ts';
import { enqueueEvent } from './enqueue-event.ts';
import { incidentPage } from './incident-page.ts';
import { addIncidentReads } from './incidents-read.ts';
import { addIncidentWrites } from './incidents-write.ts';
import { addNotes } from './notes.ts';
import { createPanel, type Panel } from './panel.ts';
import { addPeople } from './people.ts';
import { rateLimit } from './rate-limit.ts';
import { ABILITIES } from './seed.ts';
import { createState } from './state.ts';
import { addWebhookSubscriptions } from './webhook-subscriptions.ts';
import { createWebhookSender, type SentWebhook, type WebhookSenderOptions } from './webhook-sender.ts';
import { setWebhookTarget } from './webhook-target.ts';

export interface SimulatedPagerDutyOptions extends WebhookSenderOptions {
  /** Default `errors`: code 2001 with the text in `errors`. */
  readonly repeatShape?: RepeatShape;
  /** Calls per minute before 429; null, the default, never. */
  readonly rateLimit?: number | null;
  readonly abilities?: readonly string[];
}

export interface SimulatedPagerDuty extends SimulatedVendor, Panel {
  readonly name: 'pagerduty';
  /** All webhooks ever queued, with their attempts and what was answered. */
  readonly sentWebhooks: readonly SentWebhook[];
  /** Sends all webhooks there, signed with all secrets. */
  setWebhookTarget(url: string, secrets: readonly string[]): void;
  /** Resolves when no webhook is pending. */
  idle(): Promise<void>;
}

export function createSimulatedPagerDuty(
  context: VendorContext,
  options: SimulatedPagerDutyOptions & { readonly url: string },
): SimulatedPagerDuty {
  const state = createState(context, options.url, options.abilities ?? ABILITIES);
  const sender = createWebhookSender(context, state, options);
  const account: Account = { context, state, sender, repeatShape: options.repeatShape ?? 'errors' };

  const router = Router();
  router.post('/v2/enqueue', enqueueEvent(account));
  router.get('/incidents/:id', incidentPage(state));
  router.use(rateLimit(context.clock, options.rateLimit ?? null), requireToken);
  for (const add of [addIncidentReads, addIncidentWrites, addNotes, addPeople, addCatalogue, addWebhookSubscriptions]) add(router, account);
  answerErrors(router);

  return {
    name: 'pagerduty',
    router,
    ...createPanel(account),
    sentWebhooks: sender.sent,
    setWebhookTarget: (url, secrets) => setWebhookTarget(state, url, secrets),
    idle: () => sender.idle(),
    snapshot: () => ({
      users: state.users,
      incidents: [...state.incidents.values()],
      subscriptions: [...state.subscriptions.values()].map(({ secrets, ...rest }) => ({ ...rest, secrets: secrets.length })),
      webhooks: sender.sent.slice(-100).map((webhook) => ({ ...webhook, body: undefined })),
    }),
    close: () => sender.close(),
  };
}
