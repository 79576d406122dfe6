import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { z } from 'zod';
import type { Connector, EventIngest } from '../../src/core/connector.ts';
import { noFailpoint } from '../../src/core/failpoint.ts';
import type { NewDelivery } from '../../src/core/store.ts';
import { systemClock } from '../../src/core/clock.ts';
import { identifyPagerDuty, parsePagerDuty } from '../../src/connectors/pagerduty/parse-event.ts';
import { verifyPagerDuty } from '../../src/connectors/pagerduty/verify.ts';
import { createIngest, type ClickToken } from '../../src/ingest/ingest.ts';
import { createOutcomes } from '../../src/ingest/outcomes.ts';
import { startHttpServer } from '../../src/http-server.ts';
import { createRecordingLog } from '../support/log.ts';

const SECRET = 'a-secret-of-thirty-two-characters';
export const MAX_BYTES = 20_000;
const Click = z.object({ token: z.string(), user: z.string(), channel: z.string() });

export interface IngestOptions {
  readonly secrets?: readonly string[];
  readonly maxInFlight?: number;
  /** What an insert does; it takes the delivery by default, unless its key was there. */
  readonly insert?: (delivery: NewDelivery) => Promise<boolean>;
  readonly token?: ClickToken | undefined;
  /** The outcome of a click; undefined = never decided. */
  readonly answer?: string | undefined;
}

/** The doors on a real server, with a store that a test can hold up; one real vendor's, and a chat's buttons. */
export async function openIngest(options: IngestOptions = {}) {
  const stored: NewDelivery[] = [];
  const woken: string[] = [];
  const refused: string[] = [];
  const log = createRecordingLog();
  const steps: string[] = [];
  const ingest: EventIngest = {
    secrets: options.secrets ?? [SECRET],
    verify: (request, secrets) => {
      steps.push('verify');
      return verifyPagerDuty(request, secrets);
    },
    identify: identifyPagerDuty,
    parse: (body) => {
      steps.push('parse');
      return parsePagerDuty(body);
    },
  };
  const rest: Pick<Connector, 'health' | 'connection' | 'close'> = {
    health: () => Promise.resolve([]),
    connection: () => ({ circuit: 'closed', pausedBecause: undefined, inFlight: 0 }),
    close: () => Promise.resolve(),
  };
  const chat: Connector = {
    ...rest,
    interactive: {
      parseClick: (body) => {
        const click = Click.safeParse(body).data;
        return (
          click && {
            token: click.token,
            personId: click.user,
            username: 'kathy',
            channelId: click.channel,
            postId: 'p1',
            clickId: `${click.user}-1`,
          }
        );
      },
      answer: (text) => (text === undefined ? {} : { ephemeral_text: text }),
    },
  };
  const insert =
    options.insert ??
    ((delivery: NewDelivery) => {
      steps.push('insert');
      if (stored.some((one) => one.deliveryKey === delivery.deliveryKey)) return Promise.resolve(false);
      stored.push(delivery);
      return Promise.resolve(true);
    });
  const deliveries = { insert, readAnswer: () => Promise.resolve(options.answer) };
  const outcomes = await createOutcomes({ deliveries, clock: systemClock, listen: () => Promise.resolve(() => Promise.resolve()) });
  const server = await startHttpServer({ port: 0, host: '127.0.0.1', log });
  server.app.use(
    createIngest({
      connectors: new Map<string, Connector>([
        ['pagerduty', { ...rest, ingest }],
        ['chat', chat],
      ]),
      deliveries,
      outcomes,
      clock: systemClock,
      log,
      failpoint: noFailpoint,
      maxBytes: MAX_BYTES,
      maxInFlight: options.maxInFlight ?? 100,
      readToken: (text) => (text === 'ours' ? options.token : undefined),
      wakeDelivery: (id) => {
        steps.push('wake');
        woken.push(id);
        return Promise.resolve();
      },
      onRefused: (source, reason) => void refused.push(`${source}: ${reason}`),
    }),
  );
  const url = `http://127.0.0.1:${server.port}`;

  async function send(body: string | Uint8Array, headers: Record<string, string> = {}, path = '/hooks/pagerduty') {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/json', 'x-pagerduty-signature': sign(bytes), ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text.startsWith('{') ? z.record(z.string(), z.unknown()).parse(JSON.parse(text)) : {},
    };
  }

  /** Raw bytes on a socket; all that came back until the server closed it. */
  function sendRaw(text: string, more?: (write: (chunk: string) => void) => void): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(text);
        more?.((chunk) => socket.write(chunk));
      });
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(answer);
      });
    });
  }
  const close = async (): Promise<void> => {
    await outcomes.close();
    await server.close(0);
  };
  return { url, send, sendRaw, stored, woken, refused, steps, log, close };
}

export function sign(body: string | Uint8Array, secret = SECRET): string {
  return `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** A whole V3 webhook. */
export function pagerDutyBody(id = 'EVT1', title: unknown = 'Disk full'): string {
  return JSON.stringify({
    event: {
      id,
      event_type: 'incident.triggered',
      resource_type: 'incident',
      occurred_at: '2026-03-01T10:00:00.000Z',
      agent: { id: 'PUSER1', type: 'user_reference', summary: 'Ada', html_url: 'https://pd.example/users/PUSER1' },
      client: null,
      data: {
        id: 'PINC1',
        type: 'incident',
        html_url: 'https://pd.example/incidents/PINC1',
        number: 2,
        status: 'triggered',
        incident_key: 'k',
        created_at: '2026-03-01T10:00:00Z',
        title,
        service: { id: 'PSVC1', type: 'service_reference', summary: 'API', html_url: '' },
        assignees: [],
        escalation_policy: { id: 'PPOL1', type: 'escalation_policy_reference', summary: 'P', html_url: '' },
        teams: [],
        priority: null,
        urgency: 'high',
        conference_bridge: null,
        resolve_reason: null,
      },
    },
  });
}
