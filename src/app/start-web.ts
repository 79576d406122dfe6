import type { Config } from '../config.ts';
import { connectors as definitions } from '../connectors/index.ts';
import { createConsole } from '../console/create-console.ts';
import type { Clock } from '../core/clock.ts';
import type { Connector } from '../core/connector.ts';
import type { Log } from '../core/log.ts';
import { createIngest } from '../ingest/ingest.ts';
import { createOutcomes } from '../ingest/outcomes.ts';
import type { StartSteps } from '../start-steps.ts';
import { createConsoleReads } from '../store/console-reads.ts';
import { createAccounts } from '../store/sessions.ts';
import type { Parts } from './parts.ts';

/** What the network reaches: the doors and the console. */
export async function startWeb(parts: Parts, step: StartSteps['step']): Promise<void> {
  const { options, failpoint, server, publicUrl, database, queues, connectors, signer, deliveries, operations } = parts;
  const { config, clock, log } = options;
  const outcomes = await step(
    'outcomes',
    () => createOutcomes({ deliveries, clock, listen: (channel, handler) => database.listen(channel, handler) }),
    (opened) => opened.close(),
  );
  const refusals = createRefusalLog(log, clock);
  server.app.use(
    createIngest({
      connectors,
      deliveries,
      outcomes,
      clock,
      log,
      failpoint,
      maxBytes: config.INGEST_MAX_BYTES,
      maxInFlight: 400,
      readToken: (text) => signer.read(text),
      wakeDelivery: (id) => queues.wakeDelivery(id, 1),
      onRefused: refusals,
    }),
  );
  const reads = createConsoleReads(database);
  server.app.use(
    await createConsole({
      reads,
      accounts: createAccounts(database),
      clock,
      log,
      publicUrl,
      adminPassword: config.ADMIN_PASSWORD,
      printOnce: (text) => {
        options.printOnce(text);
      },
      boardQueues: queues.boardQueues,
      operate: (command) => operations.operate(command),
      replay: (deliveryId) => operations.replay(deliveryId),
      runPlaybook: (name, by) => operations.runPlaybook(name, by),
      status: () => Promise.resolve(statusOf(config, database.kind, connectors)),
      simulatedChatUrl: options.simulatedChatUrl,
    }),
  );
}

/** One log line a source and minute, with a count: a flood of forged calls is not a flood of lines. */
function createRefusalLog(log: Log, clock: Clock): (source: string, reason: string) => void {
  const counts = new Map<string, { since: number; count: number }>();
  return (source, reason) => {
    const now = clock.now().getTime();
    const seen = counts.get(source);
    if (seen && now - seen.since < 60_000) {
      seen.count += 1;
      return;
    }
    log.warn(
      { source, reason, refusedBefore: seen?.count ?? 0 },
      'refused: check the webhook secret; PagerDuty disables a webhook after three refusals in a row',
    );
    counts.set(source, { since: now, count: 0 });
  };
}

function statusOf(config: Config, kind: 'embedded' | 'postgres', connectors: ReadonlyMap<string, Connector>) {
  const mode = kind === 'embedded' ? ('embedded' as const) : config.REDIS_URL === undefined ? ('server' as const) : ('scaled' as const);
  const missing = definitions.filter((definition) => !connectors.has(definition.id)).map((definition) => definition.label);
  return {
    mode,
    database: kind === 'embedded' ? 'PGlite (embedded)' : 'PostgreSQL',
    warnings: [
      ...(kind === 'embedded'
        ? [
            'The embedded database survives a killed process, but not every power cut. Set DATABASE_URL to a PostgreSQL for anything that matters.',
          ]
        : []),
      ...(missing.length > 0
        ? [`Not configured yet: ${missing.join(', ')}. "incident-bridge doctor" says which settings are missing.`]
        : []),
    ],
    connectors: [...connectors].map(([id, connector]) => ({
      id,
      label: definitions.find((one) => one.id === id)?.label ?? id,
      connection: connector.connection(),
    })),
  };
}
