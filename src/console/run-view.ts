import { z } from 'zod';
import { isOpen } from '../core/run.ts';
import type { Invocation, Output } from '../core/run.ts';
import { TimelineEntry } from '../core/timeline.ts';
import { showText, viewDelivery } from './delivery-view.ts';
import type { ShownDoc, StoredRun } from './ports.ts';

export interface Link {
  readonly kind: 'incident' | 'channel' | 'issue';
  /** Connector id where it is known. */
  readonly source: string;
  readonly name: string;
  readonly url: string;
}

/** Everything the page of a run shows. Words and looks are the page's. */
export function viewRun(run: StoredRun) {
  const { summary, doc, context } = run;
  const stuck = doc.invocations.filter(isStuck);
  const isStopped = stuck.length > 0 || summary.state === 'parked';
  return {
    run: {
      ...summary,
      trigger: context.trigger,
      source: context.event.Source,
      service: context.event.Service,
      severity: context.event.Severity || context.event.Urgency,
      description: context.event.Description,
      startedBy: context.actor.name,
    },
    can: { retry: isOpen(summary.state) && isStopped, skip: isOpen(summary.state) && isStopped, cancel: isOpen(summary.state) },
    /** What has failed, or waits to be tried again. */
    stuck: stuck.map(({ action, state, attempts, error, code, dueAt, wait }) => ({ action, state, attempts, error, code, dueAt, wait })),
    links: findLinks(doc, context.event),
    timeline: run.timeline.map(({ seq, at, kind, data }) => ({ seq, at, entry: readEntry(kind, data) })),
    // What was sent holds the tokens of our own buttons.
    effects: run.effects.map((effect) => ({
      ...effect,
      input: showText(effect.input),
      output: effect.output === null ? null : showText(effect.output),
    })),
    references: run.references,
    deliveries: run.deliveries.map((delivery) => viewDelivery(delivery, [])),
  };
}

/** The engine's own rule for what Retry and Skip take (engine/transition.ts). */
function isStuck(invocation: Invocation): boolean {
  return invocation.state === 'failed' || (invocation.state === 'open' && invocation.dueAt !== undefined);
}

/** A kind of a newer version is shown by its name rather than failing the page. */
function readEntry(kind: string, data: unknown) {
  const fields = z.record(z.string(), z.unknown()).safeParse(data);
  const entry = TimelineEntry.safeParse({ ...(fields.success ? fields.data : {}), kind });
  return entry.success ? entry.data : { kind: 'unknown' as const, name: kind };
}

const ChannelOutput = z.object({ ChannelID: z.string(), DisplayName: z.string(), ChannelName: z.string(), URL: z.string() });
const IssueOutput = z.object({ Key: z.string(), URL: z.string() });
const IncidentOutput = z.object({ Number: z.coerce.string(), DedupKey: z.string(), URL: z.string() });

function findLinks(doc: ShownDoc, event: StoredRun['context']['event']): readonly Link[] {
  const links: Link[] = [
    { kind: 'incident', source: event.Source, name: '', url: event.URL },
    ...Object.values(doc.outputs).flatMap(readLink),
  ];
  const safe = links.filter((link) => isWebAddress(link.url));
  return [...new Map(safe.map((link) => [link.url, link])).values()];
}

/** Outputs are told by their shape: the action's type is known to the playbook alone. */
function readLink(output: Output): readonly Link[] {
  const channel = ChannelOutput.safeParse(output);
  if (channel.success)
    return [{ kind: 'channel', source: '', name: channel.data.DisplayName || channel.data.ChannelName, url: channel.data.URL }];
  const issue = IssueOutput.safeParse(output);
  if (issue.success) return [{ kind: 'issue', source: '', name: issue.data.Key, url: issue.data.URL }];
  const incident = IncidentOutput.safeParse(output);
  if (incident.success) return [{ kind: 'incident', source: '', name: `#${incident.data.Number}`, url: incident.data.URL }];
  return [];
}

/** Event and vendor text may hold `javascript:`; only the web is linked to (SEC14). */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}
