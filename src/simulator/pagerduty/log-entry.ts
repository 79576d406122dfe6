import type { Account } from './account.ts';
import type { Incident, Reference } from './model.ts';

export function addLogEntry(
  { state }: Pick<Account, 'state'>,
  incident: Incident,
  type: string,
  agent: Reference | null,
  what: string,
): void {
  const summary = `${what} by ${agent?.summary ?? 'the system'}.`;
  incident.logEntries.push({ id: state.newId('R', 14), type, createdAt: state.now(), agent, summary });
}
