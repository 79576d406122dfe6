import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

/** The playbook that we ship, changed by a test. A change that changes nothing is a mistake in the test. */
export function shippedPlaybook(change: (text: string) => string): string {
  const text = readFileSync(join(packageRoot, 'playbooks', 'pagerduty-incident.yaml'), 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error('The shipped playbook has not changed: the text to be replaced is not in it.');
  return changed;
}
