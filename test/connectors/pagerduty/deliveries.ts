import { readFileSync } from 'node:fs';
import { z } from 'zod';

const root = new URL('../../fixtures/pagerduty/', import.meta.url);

const Deliveries = z.object({
  secret: z.string(),
  previous_secret: z.string(),
  deliveries: z.array(z.object({ file: z.string(), headers: z.record(z.string(), z.string()) })),
});

/** The composed samples with their headers. */
export const samples = Deliveries.parse(JSON.parse(readFileSync(new URL('samples/deliveries.json', root), 'utf8')));

export function readSample(file: string): Buffer {
  return readFileSync(new URL(`samples/${file}`, root));
}

/** Real deliveries with their real signatures; the secret was published and is out of use. */
export const recorded = {
  secret: 'HvPtlQNKMPpHSSqJpCdndXfo7HnGXa1pnH6w5axpxLFn9aRBNBGh4e8/HlonK5mz',
  triggered: {
    body: readFileSync(new URL('recorded/triggered.json', root)),
    signature: 'v1=3e3032b45bbe1801c13f182b0e0a7f4f3f530225cef07e3e90cbc57874d01c49',
  },
  acknowledged: {
    body: readFileSync(new URL('recorded/acknowledged.json', root)),
    signature: 'v1=91f533c0411d09f3e68622e2b57fdb561e7113ce7635318a2bbf5cde45d3d876',
  },
};
