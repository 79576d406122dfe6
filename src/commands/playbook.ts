import { parseArgs } from 'node:util';
import { actions } from '../actions/index.ts';
import { createRegistry } from '../engine/registry.ts';
import { describeProblem, readPlaybookFolder } from '../install-playbooks.ts';
import { triggers } from '../triggers/index.ts';
import { bridgeUrl, openApi } from './api-client.ts';
import { print, UsageError, type Command } from './command.ts';
import { readConfig } from './read-config.ts';

export const playbook: Command = {
  name: 'playbook',
  usage: 'playbook list | playbook run <name> [--to http://localhost:3000]',
  summary: 'List the playbooks in PLAYBOOKS_DIR, or start one by hand in a running bridge (it needs a trigger of type manual).',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { to: { type: 'string' } },
      allowPositionals: true,
      strict: true,
    });
    const [verb, name] = positionals;
    if (verb === 'list') return list();
    if (verb !== 'run' || name === undefined) throw new UsageError('say list, or run and the playbook’s name');
    const api = await openApi(bridgeUrl(values.to), process.env['ADMIN_PASSWORD']);
    await api.post(`/playbooks/${encodeURIComponent(name)}/runs`, {});
    print(`${name} was started; the console shows it.`);
    return 0;
  },
};

function list(): number {
  const folder = readConfig('all', undefined).PLAYBOOKS_DIR;
  const { playbooks, problems } = readPlaybookFolder(folder, createRegistry(actions, triggers));
  for (const { name, file } of playbooks) print(`${name}  (${file})`);
  for (const problem of problems) print(describeProblem(problem));
  return problems.length === 0 ? 0 : 1;
}
