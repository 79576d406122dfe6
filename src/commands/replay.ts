import { parseArgs } from 'node:util';
import { bridgeUrl, openApi } from './api-client.ts';
import { print, UsageError, type Command } from './command.ts';

export const replay: Command = {
  name: 'replay',
  usage: 'replay <delivery> [--to http://localhost:3000]',
  summary: 'Let a running bridge decide a stored delivery again (its id is on the page /deliveries).',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { to: { type: 'string' } },
      allowPositionals: true,
      strict: true,
    });
    const [id] = positionals;
    if (id === undefined) throw new UsageError('name the delivery');
    const api = await openApi(bridgeUrl(values.to), process.env['ADMIN_PASSWORD']);
    await api.post(`/deliveries/${encodeURIComponent(id)}/replay`, {});
    print(`Delivery ${id} is decided again.`);
    return 0;
  },
};
