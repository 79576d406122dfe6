import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.ts';

const read = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');
const Versions = z.record(z.string(), z.string()).default({});
const Manifest = z.object({ dependencies: Versions, devDependencies: Versions });
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      inBundle: z.boolean().optional(),
      dependencies: Versions,
      devDependencies: Versions,
    }),
  ),
});

const manifest = Manifest.parse(JSON.parse(read('package.json')));
const lock = Lock.parse(JSON.parse(read('package-lock.json')));
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Packages that would run a script if we let them; we don't, and they work without (docs/dependencies.md). */
const WITH_SCRIPTS = ['@parcel/watcher', '@swc/core', 'esbuild', 'msgpackr-extract', 'unrs-resolver'];

it('the lock file is the manifest’s', () => {
  expect(lock.packages['']?.dependencies).toEqual(manifest.dependencies);
  expect(lock.packages['']?.devDependencies).toEqual(manifest.devDependencies);
});

it('every version is exact', () => {
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

it('every package has an integrity, and none comes from a git or http address', () => {
  for (const [path, { integrity, resolved, inBundle }] of installed) {
    expect({ path, integrity: inBundle === true || integrity !== undefined }).toEqual({ path, integrity: true });
    expect({ path, resolved }).toEqual({ path, resolved: undefined });
  }
});

it('no package has come in that wants to run a script at installation', () => {
  const found = installed.filter(([, one]) => one.hasInstallScript).map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect([...new Set(found)].sort()).toEqual(WITH_SCRIPTS);
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

it('every dependency has its line of why', () => {
  const explained = new Set([...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name));
  expect([...explained].sort()).toEqual(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).sort());
});
