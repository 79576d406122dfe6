import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import type { Connector } from '../core/connector.ts';
import type { Failpoint } from '../core/failpoint.ts';
import type { Log } from '../core/log.ts';
import type { DeliveryStore } from '../core/store.ts';
import type { TokenSigner } from '../engine/button-token.ts';
import type { PlaybookSource } from '../engine/playbook-source.ts';
import type { Registry } from '../engine/registry.ts';
import type { RunFacts } from '../engine/scope.ts';
import type { HttpServer } from '../http-server.ts';
import type { Operations } from '../operations.ts';
import type { Queues } from '../queue/open-queues.ts';
import type { Readiness } from '../readiness.ts';
import type { openDatabase, Database, DatabaseOptions } from '../store/database.ts';
import type { DueStore } from '../store/due.ts';
import type { OpenRunStore } from '../store/open-runs.ts';
import type { UpkeepStore } from '../store/upkeep.ts';

export interface AppOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Shows the generated admin password to whoever starts the process. */
  printOnce(text: string): void;
  /** Ends the process: something is wrong that only a new start can mend. */
  onFatal(reason: string): void;
  /** Demo only. */
  readonly simulatedChatUrl?: string | undefined;
  /** For tests: another store, a queue of their own, other dice. */
  readonly database?: Partial<DatabaseOptions>;
  readonly openDatabase?: typeof openDatabase;
  readonly queuePrefix?: string;
  readonly random?: () => number;
}

/** What both roles are made of, put together by app.ts. */
export interface Parts {
  readonly options: AppOptions;
  /** Names this process in leases and heartbeats. */
  readonly owner: string;
  readonly failpoint: Failpoint;
  readonly readiness: Readiness;
  readonly server: HttpServer;
  readonly publicUrl: string;
  readonly database: Database;
  readonly due: DueStore;
  readonly queues: Queues;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly registry: Registry;
  readonly playbooks: PlaybookSource;
  readonly signer: TokenSigner;
  readonly settings: RunFacts['settings'];
  readonly deliveries: DeliveryStore;
  readonly openRuns: OpenRunStore;
  readonly upkeep: UpkeepStore;
  readonly operations: Operations;
}
