import type { Request } from 'express';
import { readQuery } from '../read-query.ts';
import { invalidInput } from './pagerduty-error.ts';

const MAX_LIMIT = 100;
const MAX_OFFSET = 10_000;

/** Classic pagination: `{<name>: […], limit, offset, more, total}`; `total` is null unless asked for. */
export function pageOf<Item>(
  request: Request,
  name: string,
  items: readonly Item[],
  render: (item: Item) => unknown,
): Record<string, unknown> {
  const query = readQuery(request);
  const limit = readNumber(query['limit']?.[0], 25, 'Limit');
  const offset = readNumber(query['offset']?.[0], 0, 'Offset');
  if (limit > MAX_LIMIT) throw invalidInput(`Limit must be at most ${MAX_LIMIT}`);
  if (limit + offset > MAX_OFFSET) throw invalidInput(`Offset plus limit must not exceed ${MAX_OFFSET}`);
  return {
    [name]: items.slice(offset, offset + limit).map(render),
    limit,
    offset,
    total: query['total']?.[0] === 'true' ? items.length : null,
    more: offset + limit < items.length,
  };
}

function readNumber(text: string | undefined, fallback: number, name: string): number {
  if (text === undefined) return fallback;
  if (!/^\d+$/.test(text)) throw invalidInput(`${name} must be a number`);
  return Number(text);
}
