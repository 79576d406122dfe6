import type { z } from 'zod';
import type { IncidentEvent } from './event.ts';

export interface TriggerDefinition<Options extends z.ZodObject = z.ZodObject> {
  readonly type: string;
  readonly summary: string;
  readonly options: Options;
  readonly example: Record<string, unknown>;
  /** Whether the event is one that this trigger waits for; its `if` is judged by the engine. */
  match(event: IncidentEvent, options: z.infer<Options>): boolean;
}

export function defineTrigger<Options extends z.ZodObject>(definition: TriggerDefinition<Options>): TriggerDefinition<Options> {
  return definition;
}
