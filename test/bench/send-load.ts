import { createHmac, randomUUID } from 'node:crypto';
import { Pool } from 'undici';

export interface Load {
  /** Milliseconds from sending to the answer, in order of the answers. */
  readonly latencies: readonly number[];
  readonly seconds: number;
  readonly refused: number;
}

export type EventName = 'triggered' | 'acknowledged' | 'resolved';

/** A V3 webhook body; `serial` names the incident. */
export function webhook(name: EventName, serial: number, urgency: 'high' | 'low'): string {
  const reference = (type: string, id: string) => ({
    html_url: `https://bench.example/${id}`,
    id,
    self: `https://api.bench.example/${id}`,
    summary: id,
    type,
  });
  return JSON.stringify({
    event: {
      id: randomUUID(),
      event_type: `incident.${name}`,
      resource_type: 'incident',
      occurred_at: new Date().toISOString(),
      agent: reference('user_reference', 'PUSR001'),
      client: null,
      data: {
        id: `QBENCH${serial}`,
        type: 'incident',
        self: 'https://api.bench.example/i',
        html_url: `https://bench.example/incidents/QBENCH${serial}`,
        number: serial,
        status: name,
        incident_key: `bench-${serial}`,
        created_at: new Date().toISOString(),
        title: `Checkout error rate above 5% (${serial})`,
        service: reference('service_reference', 'PSVC010'),
        assignees: [reference('user_reference', 'PUSR001')],
        escalation_policy: reference('escalation_policy_reference', 'PEPOL01'),
        teams: [],
        priority: null,
        urgency,
        conference_bridge: null,
        resolve_reason: null,
        incident_type: { name: 'incident_default' },
      },
    },
  });
}

export class Sender {
  readonly #pool: Pool;
  readonly #secret: string;

  constructor(origin: string, secret: string) {
    this.#pool = new Pool(origin, { connections: 64 });
    this.#secret = secret;
  }

  async send(body: string): Promise<number> {
    const { statusCode, body: answer } = await this.#pool.request({
      path: '/hooks/pagerduty',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-webhook-id': randomUUID(),
        'x-pagerduty-signature': `v1=${createHmac('sha256', this.#secret).update(body).digest('hex')}`,
      },
      body,
    });
    await answer.dump();
    return statusCode;
  }

  /** As fast as they are answered, so many at once. */
  async closedLoop(bodies: readonly string[], atOnce: number): Promise<Load> {
    const latencies: number[] = [];
    let next = 0;
    let refused = 0;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
          const sent = performance.now();
          if ((await this.send(body)) >= 300) refused += 1;
          latencies.push(performance.now() - sent);
        }
      }),
    );
    return { latencies, seconds: (performance.now() - began) / 1000, refused };
  }

  /** At a steady rate, whatever the answers do. */
  async openLoop(bodies: readonly string[], perSecond: number): Promise<Load> {
    const latencies: number[] = [];
    let refused = 0;
    const began = performance.now();
    await Promise.all(
      bodies.map(async (body, index) => {
        await new Promise((resolve) => setTimeout(resolve, (index * 1000) / perSecond));
        const sent = performance.now();
        if ((await this.send(body)) >= 300) refused += 1;
        latencies.push(performance.now() - sent);
      }),
    );
    return { latencies, seconds: (performance.now() - began) / 1000, refused };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
