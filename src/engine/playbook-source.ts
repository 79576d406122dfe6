import { PermanentError } from '../core/errors.ts';
import type { Playbook } from '../core/playbook.ts';
import { loadPlaybooks } from './load-playbook.ts';
import type { Registry } from './registry.ts';

/** Playbooks by version, loaded once a process. */
export interface PlaybookSource {
  byVersion(id: string): Promise<Playbook>;
  /** Those in force, with their version. */
  active(): readonly ActivePlaybook[];
  /** Reads again which are in force. */
  refresh(): Promise<void>;
}

export interface ActivePlaybook {
  readonly playbook: Playbook;
  readonly versionId: string;
}

export interface VersionStore {
  loadVersion(id: string): Promise<{ readonly name: string; readonly document: unknown } | undefined>;
  loadActive(): Promise<readonly { readonly id: string; readonly name: string; readonly document: unknown }[]>;
}

export function createPlaybookSource(store: VersionStore, registry: Registry): PlaybookSource {
  const loaded = new Map<string, Playbook>();
  let active: readonly ActivePlaybook[] = [];

  function compile(id: string, name: string, document: unknown): Playbook {
    const known = loaded.get(id);
    if (known) return known;
    const result = loadPlaybooks(name, JSON.stringify(document), registry);
    const playbook = result.ok ? result.playbooks[0]?.playbook : undefined;
    if (!playbook)
      throw new PermanentError({
        code: 'playbook.unloadable',
        message: `Version ${id} of the playbook "${name}" can't be loaded by this release.`,
      });
    loaded.set(id, playbook);
    return playbook;
  }

  return {
    async byVersion(id) {
      const known = loaded.get(id);
      if (known) return known;
      const version = await store.loadVersion(id);
      if (!version) throw new PermanentError({ code: 'playbook.gone', message: `There is no playbook version ${id}.` });
      return compile(id, version.name, version.document);
    },
    active: () => active,
    async refresh() {
      active = (await store.loadActive()).map((version) => ({
        playbook: compile(version.id, version.name, version.document),
        versionId: version.id,
      }));
    },
  };
}
