import { z } from 'zod';
import { Name, type Trigger } from '../core/playbook.ts';
import type { PlaybookChecks } from './load-action.ts';
import { splitFields, suggestion } from './problem-report.ts';
import type { Path } from './source-file.ts';

/** The fields that every trigger takes; the rest belongs to its type. */
const TriggerCommon = z.object({
  name: Name,
  type: z.string(),
  if: z.string().optional(),
  also_ours: z.boolean().default(false),
});

/** Reads one trigger; undefined when something is wrong with it, and then all of it is reported. */
export function loadTrigger(checks: PlaybookChecks, path: Path, document: Readonly<Record<string, unknown>>): Trigger | undefined {
  const { report, registry } = checks;
  const { own, rest } = splitFields(document, TriggerCommon);
  const common = report.parse(TriggerCommon, path, own, Object.keys(TriggerCommon.shape));
  const condition = checks.condition([...path, 'if'], own['if']);
  const type = own['type'];
  const definition = typeof type === 'string' ? registry.triggers.get(type) : undefined;
  if (typeof type === 'string' && !definition) {
    report.add(
      [...path, 'type'],
      `unable to load triggers: there is no trigger type "${type}"${suggestion(type, registry.triggers.keys())}`,
    );
  }
  if (!definition) return undefined;
  const options = report.parse(definition.options, path, rest, [
    ...Object.keys(definition.options.shape),
    ...Object.keys(TriggerCommon.shape),
  ]);
  if (!common || !options) return undefined;
  return { name: common.name, type: common.type, condition, options, alsoOurs: common.also_ours };
}
