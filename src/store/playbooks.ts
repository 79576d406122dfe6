import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Database } from './database.ts';
import { storableJson } from './storable-json.ts';

export interface StoredVersion {
  readonly id: string;
  readonly name: string;
  readonly document: unknown;
}

/** Playbook versions: a run keeps the one it began with. */
export interface PlaybookStore {
  /** Makes the document the version in force; the same document again is the same version. */
  save(name: string, document: unknown): Promise<string>;
  /** Names in force that are not in `names` go out of force. Their runs go on. */
  retire(names: readonly string[]): Promise<void>;
  loadVersion(id: string): Promise<StoredVersion | undefined>;
  loadActive(): Promise<readonly StoredVersion[]>;
}

const VersionRow = z.object({ id: z.string(), name: z.string(), document: z.string().transform((text): unknown => JSON.parse(text)) });

export function createPlaybookStore(database: Database): PlaybookStore {
  return {
    async save(name, document) {
      const text = storableJson(document);
      const digest = createHash('sha256').update(text).digest('hex');
      await database.query(`INSERT INTO bridge.playbook_versions (name, digest, document) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, [
        name,
        digest,
        text,
      ]);
      const { rows } = await database.query(`SELECT id::text FROM bridge.playbook_versions WHERE name = $1 AND digest = $2`, [
        name,
        digest,
      ]);
      const { id } = z.object({ id: z.string() }).parse(rows[0]);
      await database.query(
        `INSERT INTO bridge.playbooks (name, version_id) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET version_id = excluded.version_id, active = true
         WHERE bridge.playbooks.version_id <> excluded.version_id OR NOT bridge.playbooks.active`,
        [name, id],
      );
      return id;
    },
    async retire(names) {
      await database.query(`UPDATE bridge.playbooks SET active = false WHERE active AND NOT (name = ANY($1::text[]))`, [names]);
    },
    async loadVersion(id) {
      const { rows } = await database.query(`SELECT id::text, name, document FROM bridge.playbook_versions WHERE id = $1`, [id]);
      return rows[0] ? VersionRow.parse(rows[0]) : undefined;
    },
    async loadActive() {
      const { rows } = await database.query(
        `SELECT v.id::text, v.name, v.document FROM bridge.playbooks p JOIN bridge.playbook_versions v ON v.id = p.version_id WHERE p.active ORDER BY v.name`,
      );
      return rows.map((row) => VersionRow.parse(row));
    },
  };
}
