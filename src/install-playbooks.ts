import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, messageOf } from './core/errors.ts';
import type { Log } from './core/log.ts';
import type { Problem } from './core/playbook.ts';
import { loadPlaybooks } from './engine/load-playbook.ts';
import type { Registry } from './engine/registry.ts';
import type { PlaybookStore } from './store/playbooks.ts';

export interface PlaybookFile {
  readonly name: string;
  readonly document: unknown;
  readonly file: string;
}

/** The folder's playbooks. Throws a ConfigError with all problems of all files: a file with a problem stops the start. */
export function readPlaybooks(folder: string, registry: Registry): readonly PlaybookFile[] {
  const { playbooks, problems } = readPlaybookFolder(folder, registry);
  if (problems.length === 0) return playbooks;
  throw new ConfigError({
    code: 'playbooks.invalid',
    message: `The playbooks in ${folder} can't be used:\n${problems.map(describeProblem).join('\n')}`,
  });
}

/** Puts them in force, and whatever else was in force out of it. */
export async function installPlaybooks(playbooks: readonly PlaybookFile[], store: PlaybookStore, log: Log): Promise<void> {
  for (const { name, document } of playbooks) await store.save(name, document);
  await store.retire(playbooks.map((one) => one.name));
  if (playbooks.length === 0) log.warn({}, 'there is no playbook in PLAYBOOKS_DIR: webhooks are stored, but nothing will start');
}

export function readPlaybookFolder(
  folder: string,
  registry: Registry,
): { readonly playbooks: readonly PlaybookFile[]; readonly problems: readonly Problem[] } {
  const playbooks: PlaybookFile[] = [];
  const problems: Problem[] = [];
  for (const file of listFiles(folder)) {
    const loaded = loadPlaybooks(file, readFileSync(join(folder, file), 'utf8'), registry);
    if (!loaded.ok) {
      problems.push(...loaded.problems);
      continue;
    }
    for (const { playbook, document } of loaded.playbooks) {
      const twin = playbooks.find((one) => one.name === playbook.name);
      if (twin)
        problems.push({ file, line: 1, column: 1, field: 'name', message: `the playbook "${playbook.name}" is in ${twin.file} already` });
      playbooks.push({ name: playbook.name, document, file });
    }
  }
  return { playbooks, problems };
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /\.(ya?ml|json)$/.test(file))
      .sort();
  } catch (error) {
    throw new ConfigError({ code: 'playbooks.no_folder', message: `PLAYBOOKS_DIR can't be read: ${messageOf(error)}` });
  }
}

/** `file:line:column  field: message`, as editors and terminals link it. */
export function describeProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}  ${problem.field === '' ? '' : `${problem.field}: `}${problem.message}`;
}
