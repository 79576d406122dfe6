import type { VendorContext } from '../vendor.ts';
import type { PagerDutyState } from './state.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** How a second acknowledge or resolve is refused: the vendor's list names 1001 and 1002, but where they stand in the answer is not sure. */
export type RepeatShape = 'code' | 'errors';

/** What the endpoints and the state machine work on. */
export interface Account {
  readonly context: VendorContext;
  readonly state: PagerDutyState;
  readonly sender: WebhookSender;
  readonly repeatShape: RepeatShape;
}
