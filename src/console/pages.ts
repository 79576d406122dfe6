import { join } from 'node:path';
import type { Access } from './roles.ts';

export interface Page {
  readonly path: string;
  readonly access: Access;
  readonly file: string;
}

/** The pages. All but the login are one shell: `app.js` draws the view that the path names. */
export const pages: readonly Page[] = [
  { path: '/login', access: 'anyone', file: 'login.html' },
  { path: '/', access: 'viewer', file: 'app.html' },
  { path: '/runs/:id', access: 'viewer', file: 'app.html' },
  { path: '/deliveries', access: 'viewer', file: 'app.html' },
  { path: '/deliveries/:id', access: 'viewer', file: 'app.html' },
];

export function fileOf(page: Page, uiFolder: string): string {
  return join(uiFolder, page.file);
}
