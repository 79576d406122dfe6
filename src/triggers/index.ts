import { manual } from './manual.ts';
import { pagerduty } from './pagerduty.ts';

/** The triggers of the playbook language. */
export const triggers = [pagerduty, manual];
