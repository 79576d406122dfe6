import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { z } from 'zod';
import { connectorSetting } from '../config.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { print, tell, UsageError, type Command } from './command.ts';
import { readConfig } from './read-config.ts';

const Sample = z.looseObject({ event: z.looseObject({ id: z.string(), data: z.looseObject({ id: z.string() }).nullable() }) });

export const deliver: Command = {
  name: 'deliver',
  usage: 'deliver <file> [--to http://localhost:3000] [--as-is]',
  summary:
    'Send a sample webhook, signed. Ids and time are made new, so that each delivery opens a run; --as-is sends the bytes of the file.',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { to: { type: 'string' }, 'as-is': { type: 'boolean', default: false } },
      allowPositionals: true,
      strict: true,
    });
    const [file] = positionals;
    if (file === undefined) throw new UsageError('name the file to send');
    const config = readConfig('all', undefined);
    const secret = connectorSetting(config, 'pagerduty', 'webhookSecret').split(',')[0];
    if (!secret)
      throw new UsageError(
        'set PAGERDUTY_WEBHOOK_SECRET (and the other PAGERDUTY_… settings) to the bridge’s, so that the sample can be signed',
      );
    const raw = readFileSync(file);
    const body = values['as-is'] ? raw : freshened(raw);
    const url = `${values.to ?? `http://localhost:${config.PORT}`}/hooks/pagerduty`;
    const response = await axios
      .post<unknown>(url, body, {
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'PagerDuty-Webhook/V3.0',
          'X-Webhook-Id': randomUUID(),
          'X-PagerDuty-Signature': `v1=${createHmac('sha256', secret).update(body).digest('hex')}`,
        },
        validateStatus: () => true,
        timeout: 10_000,
        maxRedirects: 0,
      })
      .catch((error: unknown) => {
        throw new ConfigError({
          code: 'cli.unreachable',
          message: `There is no bridge at ${url} (${messageOf(error)}). Start it, or name its address with --to.`,
        });
      });
    print(JSON.stringify({ status: response.status, answer: response.data }));
    if (response.status >= 300) tell('Refused. 401: another secret than the bridge’s; 503: its secret is not set, or its store is down.');
    return response.status < 300 ? 0 : 1;
  },
};

function freshened(raw: Buffer): Buffer {
  const parsed = Sample.safeParse(JSON.parse(raw.toString('utf8')));
  if (!parsed.success) return raw;
  const { data } = parsed;
  // The key too: an event with the key of an open incident would join that one's run.
  const fresh = { id: `Q${randomBytes(7).toString('hex').toUpperCase().slice(0, 13)}`, incident_key: randomBytes(16).toString('hex') };
  const incident = data.event.data === null ? null : { ...data.event.data, ...fresh };
  return Buffer.from(
    JSON.stringify({ ...data, event: { ...data.event, id: randomUUID(), occurred_at: new Date().toISOString(), data: incident } }),
  );
}
