import { z } from 'zod';
import { Name } from '../core/playbook.ts';

/** Building blocks of inputs. `template` tells how a field's templates are rendered (core/action.ts, TemplateKind). */
export const text = (help: string) => z.string().meta({ template: 'text', description: help });
export const markdown = (help: string) => z.string().meta({ template: 'markdown', description: help });
const name = (help: string) => z.string().trim().min(1).meta({ template: 'name', description: help });
export const stepName = (help: string) => Name.meta({ template: 'none', description: help, refersTo: 'step' });

export const teamName = name('Team of the channel; the playbook’s team, else the connector’s, when absent.').optional();
export const channelName = name('Handle or display name of the channel.');

/** Buttons under a post. Their step check and tokens are the engine's. */
export const transitions = z
  .array(
    z.strictObject({
      label: z.string().trim().min(1).max(64),
      to: Name,
      description: z.string().max(300).optional(),
      style: z.enum(['default', 'primary', 'danger']).optional(),
    }),
  )
  .max(10)
  .default([])
  .meta({ template: 'none', description: 'Buttons: pressing one moves the run to the step `to`.' });

/** "Yes" and "No" of the source schema's samples are taken as well (S84). */
export const yesNo = z
  .union([z.boolean(), z.enum(['Yes', 'No', 'yes', 'no']).transform((word) => word.toLowerCase() === 'yes')])
  .default(false)
  .meta({ template: 'none' });
