import { listDeliveries } from './list-deliveries.ts';
import { listRuns } from './list-runs.ts';
import { logIn } from './log-in.ts';
import { logOut } from './log-out.ts';
import { operateRun } from './operate-run.ts';
import { replayDelivery } from './replay-delivery.ts';
import { startRun } from './start-run.ts';
import type { Route } from './route.ts';
import { showDelivery } from './show-delivery.ts';
import { showMe } from './show-me.ts';
import { showRun } from './show-run.ts';
import { showStatus } from './show-status.ts';

/** The whole API. What isn't listed here can't be called; who may call what stands in each file. */
export const routes: readonly Route[] = [
  logIn,
  logOut,
  showMe,
  showStatus,
  listRuns,
  showRun,
  operateRun,
  listDeliveries,
  showDelivery,
  replayDelivery,
  startRun,
];
