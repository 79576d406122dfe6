import { z } from 'zod';
import { invalidInput, PagerDutyError } from './pagerduty-error.ts';

/** The value under `key`: PagerDuty's bodies are all wrapped, and a bare one is refused. Unknown keys inside pass, as at the vendor. */
export function parseWrapped<Schema extends z.ZodType>(key: string, schema: Schema, body: unknown): z.infer<Schema> {
  const wrapper = z.record(z.string(), z.unknown()).safeParse(body);
  if (!wrapper.success || wrapper.data[key] === undefined) throw new PagerDutyError(400, 2003, 'Missing Arguments', [`${key} is missing`]);
  const parsed = schema.safeParse(wrapper.data[key]);
  if (!parsed.success) throw invalidInput(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  return parsed.data;
}
