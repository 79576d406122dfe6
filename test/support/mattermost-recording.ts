import { readFileSync } from 'node:fs';
import { z } from 'zod';

const exchange = z.looseObject({
  n: z.number(),
  at_ms: z.number(),
  direction: z.string(),
  label: z.string().default(''),
  as: z.string().default(''),
  request: z
    .object({
      method: z.string(),
      path: z.string(),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.unknown(),
      body_raw: z.string().optional(),
    })
    .partial({ body: true })
    .optional(),
  response: z
    .object({
      status: z.number().optional(),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.unknown(),
      body_raw: z.string().optional(),
    })
    .partial({ body: true })
    .optional(),
});
export type Exchange = z.output<typeof exchange>;

/** The exchanges of one recording of a real server, in their order. */
export function readRecording(name: string): readonly Exchange[] {
  const file = new URL(`../fixtures/mattermost/${name}.json`, import.meta.url);
  return z.object({ exchanges: z.array(exchange) }).parse(JSON.parse(readFileSync(file, 'utf8'))).exchanges;
}

/** Texts of many characters stand in the recordings as `<x x 16384>`. */
export function expandTexts(text: string): string {
  return text.replace(/<(\S) x (\d+)>/g, (_whole, letter: string, times: string) => letter.repeat(Number(times)));
}

/**
 * The members and types of a value: lists become the set of their elements' shapes, and maps whose keys are ids count as lists.
 * What two answers have in common when only their contents differ.
 */
export function shapeOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? [] : [mergeShapes(value.map(shapeOf))];
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([key]) => /^[a-z0-9]{26}$/.test(key)))
    return { '<id>': mergeShapes(entries.map(([, one]) => shapeOf(one))) };
  return Object.fromEntries(entries.map(([key, one]): [string, unknown] => [key, shapeOf(one)]).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One shape with the members of all; a member of several types becomes their list in words. */
function mergeShapes(shapes: readonly unknown[]): unknown {
  const objects = shapes.filter((shape) => typeof shape === 'object' && shape !== null && !Array.isArray(shape));
  if (objects.length !== shapes.length) return [...new Set(shapes.map((shape) => JSON.stringify(shape)))].sort().join(' | ');
  const members = new Map<string, unknown[]>();
  for (const one of objects) for (const [key, shape] of Object.entries(one ?? {})) members.set(key, [...(members.get(key) ?? []), shape]);
  return Object.fromEntries([...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, found]) => [key, mergeShapes(found)]));
}

const post = z.looseObject({ message: z.string(), type: z.string(), channel_id: z.string() });
const list = z.looseObject({ order: z.array(z.string()), posts: z.record(z.string(), post) });

/** The messages of an answer, in the order of a list: what an edit, a delete or a page left. */
export function messagesOf(body: unknown): readonly string[] {
  const posts = list.safeParse(body);
  if (posts.success) return posts.data.order.map((id) => posts.data.posts[id]?.message ?? '(missing)');
  const single = post.safeParse(body);
  return single.success ? [single.data.message] : [];
}
