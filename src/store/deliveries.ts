import { z } from 'zod';
import type { DeliveryStore, NewDelivery } from '../core/store.ts';
import { createBatcher } from './batcher.ts';
import type { Database } from './database.ts';
import { storableError, storableJson, storableText } from './storable-json.ts';

/** Deliveries at the door: what arrives while a statement is under way goes into the next one together. */
export function createDeliveryStore(database: Database): DeliveryStore {
  const inserts = createBatcher((deliveries: readonly NewDelivery[]) => insertAll(database, deliveries), {
    maxItems: 200,
    // The same delivery twice in one statement would make neither a duplicate of the other.
    groupOf: (delivery) => `${delivery.source} ${delivery.deliveryKey}`,
  });
  return {
    insert: (delivery) => inserts.add(delivery),
    async readAnswer(id) {
      const { rows } = await database.query({
        name: 'read-answer',
        text: 'SELECT answer FROM bridge.deliveries WHERE id = $1',
        values: [id],
      });
      const [row] = rows;
      return row ? (z.object({ answer: z.string().nullable() }).parse(row).answer ?? undefined) : undefined;
    },
  };
}

async function insertAll(database: Database, deliveries: readonly NewDelivery[]): Promise<readonly boolean[]> {
  const column = <V>(value: (delivery: NewDelivery) => V): V[] => deliveries.map(value);
  const { rows } = await database.query({
    name: 'insert-deliveries',
    text: INSERT,
    values: [
      column((one) => one.id),
      column((one) => one.source),
      column((one) => one.door),
      column((one) => storableText(one.deliveryKey)),
      column((one) => (one.eventKey === undefined ? null : storableText(one.eventKey))),
      column((one) => storableJson(one.headers)),
      column((one) => one.body),
      column((one) => (one.event === undefined ? null : storableJson(one.event))),
      column((one) => (one.correlationKey === undefined ? null : storableText(one.correlationKey))),
      column((one) => one.occurredAt ?? null),
      column((one) => (one.decided ? 'decided' : 'new')),
      column((one) => one.decided?.outcome ?? null),
      column((one) => (one.decided ? storableError(one.decided.reason) : null)),
    ],
  });
  const fresh = new Set(rows.map((row) => z.object({ id: z.string() }).parse(row).id));
  return deliveries.map((delivery) => fresh.has(delivery.id));
}

const INSERT = `
INSERT INTO bridge.deliveries (id, source, door, delivery_key, event_key, headers, body, event, correlation_key, occurred_at, state, outcome, reason, decided_at)
SELECT t.*, CASE WHEN t.state = 'decided' THEN bridge.clock() END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::text[])
  AS t(id, source, door, delivery_key, event_key, headers, body, event, correlation_key, occurred_at, state, outcome, reason)
ON CONFLICT DO NOTHING RETURNING id::text`;
