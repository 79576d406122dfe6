import { parseArgs } from 'node:util';
import { settingsOf, loadConfig } from '../config.ts';
import { connectors as definitions } from '../connectors/index.ts';
import { systemClock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { ConnectorDefinition, HealthFinding } from '../core/connector.ts';
import { actions } from '../actions/index.ts';
import { createRegistry } from '../engine/registry.ts';
import { describeProblem, readPlaybookFolder } from '../install-playbooks.ts';
import { triggers } from '../triggers/index.ts';
import { checkStores } from './check-stores.ts';
import { print, type Command } from './command.ts';
import { createLog } from './create-log.ts';
import { describeProblems } from './read-config.ts';

const PATIENCE_MS = 20_000;

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor [--config file.yaml]',
  summary: 'Look at settings, stores, playbooks, and each vendor’s credentials and reachability; say what to change.',
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } }, strict: true });
    const all: readonly ConnectorDefinition[] = definitions;
    const loaded = loadConfig({ env: process.env, role: 'all', file: values.config }, all);
    if (!loaded.ok) {
      print(describeProblems(loaded.problems));
      return 1;
    }
    const { config } = loaded;
    const log = createLog('silent');
    let bad = 0;
    const show = (title: string, findings: readonly HealthFinding[]): void => {
      print(`\n${title}`);
      for (const { ok, what, message, advice } of findings) {
        if (!ok) bad += 1;
        print(`  ${ok ? '✓' : '✗'} ${what}: ${message}${advice === '' ? '' : `\n      → ${advice}`}`);
      }
    };

    show('Stores', await checkStores(config, log));
    const { playbooks, problems } = readPlaybookFolder(config.PLAYBOOKS_DIR, createRegistry(actions, triggers));
    show('Playbooks', [
      ...playbooks.map(({ name, file }) => ({ ok: true, what: file, message: name, advice: '' })),
      ...problems.map((problem) => ({
        ok: false,
        what: problem.file,
        message: describeProblem(problem),
        advice: 'correct the file; nothing of it is in force until then',
      })),
    ]);
    for (const definition of all) {
      const settings = config.connectors.get(definition.id);
      if (!settings) {
        const needed = settingsOf(definition)
          .filter((one) => one.required)
          .map((one) => one.env);
        print(`\n${definition.label}\n  – not configured (needs ${needed.join(', ')})`);
        continue;
      }
      show(definition.label, await examine(definition, settings, config.PUBLIC_URL ?? `http://localhost:${config.PORT}`));
    }
    print(bad === 0 ? '\nAll is well.' : `\n${bad} ${bad === 1 ? 'thing needs' : 'things need'} your attention.`);
    return bad === 0 ? 0 : 1;
  },
};

async function examine(
  definition: ConnectorDefinition,
  settings: Record<string, unknown>,
  publicUrl: string,
): Promise<readonly HealthFinding[]> {
  try {
    const connector = definition.create(settings, { clock: systemClock, log: createLog('silent'), publicUrl });
    const findings = await connector.health(AbortSignal.timeout(PATIENCE_MS));
    await connector.close();
    return findings;
  } catch (error) {
    return [{ ok: false, what: 'settings', message: messageOf(error), advice: `correct the ${definition.id.toUpperCase()}_… settings` }];
  }
}
