import { randomUUID } from 'node:crypto';
import { RunContext } from '../../src/core/run.ts';
import type { RunState } from '../../src/core/run.ts';
import type { TimelineEntry } from '../../src/core/timeline.ts';
import type { Database } from '../../src/store/database.ts';

export interface SeedRun {
  readonly number: number;
  readonly state: RunState;
  readonly title: string;
  readonly step?: string;
  readonly attention?: string;
  readonly startedSecondsAgo: number;
  readonly acknowledgedAfter?: number;
  readonly resolvedAfter?: number;
  readonly endedAfter?: number;
  readonly problemBefore?: number;
  readonly description?: string;
  readonly url?: string;
  readonly outputs?: Record<string, unknown>;
  readonly invocations?: readonly Record<string, unknown>[];
  /** Seconds after the start, and what happened. */
  readonly timeline?: readonly (readonly [number, TimelineEntry])[];
  readonly effects?: readonly SeedEffect[];
  readonly references?: readonly (readonly [string, string])[];
}

export interface SeedEffect {
  readonly action: string;
  readonly change: string;
  readonly state: string;
  readonly at: number;
  readonly attempts?: number;
  readonly tookMs?: number;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: string;
}

/** Puts a run with all that belongs to it into the tables, as the engine would leave it. */
export async function seedRun(database: Database, run: SeedRun): Promise<string> {
  const id = randomUUID();
  const step = run.step ?? 'Triggered';
  const started = `bridge.clock() - make_interval(secs => $2)`;
  const actor = { name: 'PagerDuty', username: '', email: '', id: '' };
  const fields = {
    Source: 'pagerduty',
    Title: run.title,
    Description: run.description ?? '',
    Service: 'checkout-api',
    Urgency: 'high',
    URL: run.url ?? 'https://acme.pagerduty.com/incidents/Q1NC1D3NT',
  };
  const doc = {
    state: run.state,
    step,
    visit: 2,
    stage: 'settled',
    cursor: 0,
    causes: {},
    invocations: run.invocations ?? [],
    outputs: run.outputs ?? {},
    posts: [],
    raised: [],
    lastOccurred: {},
    hops: 0,
    attention: run.attention ?? '',
    moves: {},
    publicUrl: 'http://localhost:8080',
    endState: 'finished',
  };
  const after = (seconds: number | undefined): string | null => (seconds === undefined ? null : `${seconds} seconds`);
  await database.query(
    `INSERT INTO bridge.runs (id, playbook, version_id, number, state, step, title, correlation_key, context, doc, attention,
                              started_at, problem_started_at, acknowledged_at, resolved_at, ended_at)
     VALUES ($1, 'pagerduty_incident', 1, $3, $4, $5, $6, $7, $8, $9, $10, ${started}, ${started} - $11::interval, ${started} + $12::interval,
             ${started} + $13::interval, ${started} + $14::interval)`,
    [
      id,
      run.startedSecondsAgo,
      run.number,
      run.state,
      step,
      run.title,
      `pagerduty:Q${run.number}`,
      JSON.stringify(RunContext.parse({ event: fields, trigger: 'Incident', actor })),
      JSON.stringify(doc),
      run.attention ?? '',
      after(run.problemBefore),
      after(run.acknowledgedAfter),
      after(run.resolvedAfter),
      after(run.endedAfter),
    ],
  );
  for (const [seconds, entry] of run.timeline ?? []) {
    const { kind, ...data } = entry;
    await database.query(
      'INSERT INTO bridge.timeline (run_id, at, kind, data) SELECT id, started_at + make_interval(secs => $2), $3, $4 FROM bridge.runs WHERE id = $1',
      [id, seconds, kind, JSON.stringify(data)],
    );
  }
  for (const [at, effect] of (run.effects ?? []).entries()) {
    await database.query(
      `INSERT INTO bridge.effects (run_id, key, action, change, state, attempts, input, output, error, intended_at, ended_at)
       SELECT id, $2, $3, $4, $5, $6, $7, $8, $9, started_at + make_interval(secs => $10), started_at + make_interval(secs => $11)
       FROM bridge.runs WHERE id = $1`,
      [
        id,
        `${effect.action}-1-${at}`,
        effect.action,
        effect.change,
        effect.state,
        effect.attempts ?? 1,
        JSON.stringify(effect.input ?? {}),
        effect.output === undefined ? null : JSON.stringify(effect.output),
        effect.error ?? null,
        effect.at,
        effect.tookMs === undefined ? null : effect.at + effect.tookMs / 1000,
      ],
    );
  }
  for (const [kind, value] of run.references ?? []) {
    await database.query('INSERT INTO bridge.run_references (kind, value, run_id) VALUES ($1, $2, $3)', [kind, value, id]);
  }
  return id;
}

export interface SeedDelivery {
  readonly door?: string;
  readonly source?: string;
  readonly state?: string;
  readonly outcome?: string | null;
  readonly reason?: string;
  readonly title?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly runIds?: readonly string[];
  readonly correlationKey?: string;
  readonly secondsAgo?: number;
}

export async function seedDelivery(database: Database, delivery: SeedDelivery): Promise<string> {
  const id = randomUUID();
  const source = delivery.source ?? 'pagerduty';
  const type = delivery.type;
  const event =
    type === undefined
      ? null
      : {
          source,
          type,
          vendorType: `${source}:incident.${type}`,
          occurredAt: '2026-11-23T21:00:00Z',
          key: delivery.correlationKey ?? 'pagerduty:Q1',
          references: [],
          actor: { name: 'PagerDuty', username: '', email: '', id: '' },
          fields: { Title: delivery.title ?? '' },
        };
  await database.query(
    `INSERT INTO bridge.deliveries (id, source, door, delivery_key, headers, body, event, correlation_key, state, outcome, reason, run_ids, received_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::uuid[], bridge.clock() - make_interval(secs => $13))`,
    [
      id,
      source,
      delivery.door ?? 'event',
      randomUUID(),
      JSON.stringify(
        delivery.headers ?? {
          'content-type': 'application/json',
          'user-agent': 'PagerDuty-Webhook/V3.0',
          'x-pagerduty-signature': 'v1=canary-signature',
        },
      ),
      Buffer.from(delivery.body ?? JSON.stringify({ event: { event_type: `incident.${type ?? ''}`, data: { title: delivery.title } } })),
      event === null ? null : JSON.stringify(event),
      delivery.correlationKey ?? null,
      delivery.state ?? 'decided',
      delivery.outcome === undefined ? 'ignored' : delivery.outcome,
      delivery.reason ?? null,
      [...(delivery.runIds ?? [])],
      delivery.secondsAgo ?? 0,
    ],
  );
  return id;
}
