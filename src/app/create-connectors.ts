import type { Config } from '../config.ts';
import { connectors as definitions } from '../connectors/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Connector, ConnectorDefinition } from '../core/connector.ts';
import type { Log } from '../core/log.ts';

/** The connectors that are configured, by id. */
export function createConnectors(config: Config, context: { clock: Clock; log: Log; publicUrl: string }): ReadonlyMap<string, Connector> {
  const all: readonly ConnectorDefinition[] = definitions;
  return new Map(
    all.flatMap((definition): [string, Connector][] => {
      const settings = config.connectors.get(definition.id);
      return settings
        ? [[definition.id, definition.create(settings, { ...context, log: context.log.child({ connector: definition.id }) })]]
        : [];
    }),
  );
}

export async function closeConnectors(connectors: ReadonlyMap<string, Connector>): Promise<void> {
  await Promise.all([...connectors.values()].map((connector) => connector.close()));
}
