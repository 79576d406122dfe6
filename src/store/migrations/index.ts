import { firstTables } from './0001-first-tables.ts';

/** A step of the schema. Forward only, safe while the previous version still runs. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** In the order in which they run. */
export const migrations: readonly Migration[] = [firstTables];
