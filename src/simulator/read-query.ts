import type { Request } from 'express';

/** Query parameters by their literal names (`statuses[]` stays `statuses[]`), each with all its values in order. */
export function readQuery(request: Request): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URL(request.originalUrl, 'http://localhost').searchParams) (query[name] ??= []).push(value);
  return query;
}
