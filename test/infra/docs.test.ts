import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

const under = (folder: string): readonly string[] =>
  readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));
const files = [...readdirSync(packageRoot), ...under('docs'), ...under('src'), ...under('test/crash')];
const read = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');
const pages = files.filter((file) => file.endsWith('.md'));

/** `Some heading` as the page's anchor. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
    .replaceAll(' ', '-');

describe('the docs', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    const broken = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^(https?:|mailto:)/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(packageRoot, target))) return true;
        return anchor !== undefined && ![...read(target).matchAll(/^#+ (.+)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor);
      });
    expect(broken).toEqual([]);
  });

  it('decisions are numbered without a gap, one screen each', () => {
    const decisions = pages.filter((page) => page.startsWith('docs/decisions/')).sort();
    expect(decisions.map((page) => Number(page.slice(15, 19)))).toEqual(decisions.map((_, index) => index + 1));
    for (const page of decisions) expect(read(page).split('\n').length).toBeLessThanOrEqual(60);
  });

  it('pictures are small', () => {
    for (const file of files.filter((one) => one.startsWith('docs/images/')))
      expect(statSync(join(packageRoot, file)).size).toBeLessThanOrEqual(300_000);
  });
});
