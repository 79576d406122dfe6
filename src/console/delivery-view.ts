import { z } from 'zod';
import { IncidentEvent } from '../core/event.ts';
import type { RunName, StoredDelivery, StoredDeliveryDetail } from './ports.ts';

const MASK = '••••••';

/** Headers whose values are shown; all others could be a credential under a name we don't know (SEC15). */
const SHOWN_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-request-id',
  'x-webhook-id',
  'x-webhook-subscription',
  'x-atlassian-webhook-identifier',
]);

/** A delivery as the list shows it. */
export function viewDelivery(delivery: StoredDelivery, runs: readonly RunName[]) {
  const event = readEvent(delivery.event);
  return {
    id: delivery.id,
    source: delivery.source,
    door: delivery.door,
    receivedAt: delivery.receivedAt,
    decidedAt: delivery.decidedAt,
    outcome: delivery.outcome,
    reason: delivery.reason,
    attempts: delivery.attempts,
    type: event?.type ?? '',
    vendorType: event?.vendorType ?? '',
    title: event?.fields.Title ?? '',
    actor: event?.actor.name ?? '',
    runs: delivery.runIds.map((id) => runs.find((run) => run.id === id) ?? { id }),
    canReplay: delivery.door === 'event' && delivery.outcome !== 'waiting',
  };
}

/** One delivery with its headers and body, as text that is safe to show. */
export function viewDeliveryDetail(delivery: StoredDeliveryDetail, runs: readonly RunName[]) {
  return {
    ...viewDelivery(delivery, runs),
    deliveryKey: delivery.deliveryKey,
    eventKey: delivery.eventKey,
    correlationKey: delivery.correlationKey,
    headers: readHeaders(delivery.headers),
    body: showBody(delivery.body),
    bodyBytes: delivery.bytes,
    bodyIsCut: delivery.bytes > delivery.body.length,
    event: delivery.event === undefined ? undefined : showText(delivery.event),
  };
}

function readEvent(text: string | undefined) {
  if (text === undefined) return undefined;
  const json = readJson(text);
  const event = IncidentEvent.safeParse(json);
  return event.success ? event.data : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const Headers = z.record(z.string(), z.union([z.string(), z.array(z.string()).transform((values) => values.join(', '))]));

function readHeaders(text: string): readonly { readonly name: string; readonly value: string }[] {
  const headers = Headers.safeParse(readJson(text));
  if (!headers.success) return [];
  return Object.entries(headers.data).map(([name, value]) => ({
    name: showControls(name),
    value: SHOWN_HEADERS.has(name.toLowerCase()) ? showControls(value) : MASK,
  }));
}

/** Text in whatever shape it came: what is not UTF-8 shows as U+FFFD, as do the halves of a pair. */
function showBody(body: Uint8Array): string {
  return showText(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
}

/** Text that came from outside or went there: secrets masked, control signs visible. */
export function showText(text: string): string {
  return showControls(maskSecrets(text));
}

/** Bounded on both sides, so that a body made for it can't make the search quadratic. */
const JSON_SECRET =
  /("[a-z_-]{0,40}(?:token|secret|password|authorization|api_?key|routing_key)[a-z_-]{0,40}"\s{0,8}:\s{0,8}")(?:[^"\\]|\\.)*/gi;
const FORM_SECRET = /((?:^|&)[\w.%-]{0,40}(?:token|secret|password)[\w.%-]{0,40}=)[^&]*/gi;

/** Outgoing webhooks and slash commands carry their token in the body (SEC27). */
export function maskSecrets(text: string): string {
  return text.replace(JSON_SECRET, `$1${MASK}`).replace(FORM_SECRET, `$1${MASK}`);
}

const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Control and direction signs as escapes: what is seen is what came. */
export function showControls(text: string): string {
  return text.replace(INVISIBLE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
