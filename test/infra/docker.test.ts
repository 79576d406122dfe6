import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { generalSettings, settingsOf } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { packageRoot } from '../../src/package-root.ts';

const read = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');
const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Service = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  user: z.string(),
  read_only: z.boolean().default(false),
  command: z.array(Text).default([]),
  environment: z.record(z.string(), Text).default({}),
  volumes: z.array(z.string()).default([]),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  networks: z.array(z.string()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }),
});
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.unknown()),
});

const compose = Compose.parse(parse(read('docker-compose.yml'), { merge: true }));
const services = Object.entries(compose.services);
const dockerfile = read('infra/Dockerfile');
const stages = dockerfile.split(/^FROM /m).slice(1);
const last = stages.at(-1) ?? '';

describe('docker-compose.yml', () => {
  it('has the bridge’s two roles, its stores, and a chat to try it with', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['mattermost', 'postgres', 'redis', 'web', 'worker']);
    expect(compose.services['web']?.command).toEqual(['start', '--role', 'web']);
    expect(compose.services['worker']?.command).toEqual(['start', '--role', 'worker']);
  });

  it.each(services)('runs %s as an ordinary user, without capabilities, with a health check', (_name, service) => {
    expect(service.user).toMatch(/^[1-9]\d*:\d+$/);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.healthcheck.test[0]).toBe('CMD');
  });

  it.each(services.filter(([name]) => name !== 'mattermost'))('gives %s a root that can’t be written', (_name, service) => {
    expect(service.read_only).toBe(true);
  });

  it('names only services, volumes and networks that it has', () => {
    for (const [, service] of services) {
      for (const other of Object.keys(service.depends_on)) expect(compose.services).toHaveProperty(other);
      for (const network of service.networks) expect(['default', ...Object.keys(compose.networks)]).toContain(network);
      for (const volume of service.volumes) {
        const source = volume.split(':')[0] ?? '';
        if (source.startsWith('./')) expect(existsSync(join(packageRoot, source))).toBe(true);
        else expect(compose.volumes).toHaveProperty(source);
      }
    }
  });

  it('gives the bridge only settings that exist, and one database for all processes', () => {
    const known = new Set([
      ...generalSettings().map((one) => one.env),
      ...connectors.flatMap((one) => settingsOf(one).map((setting) => setting.env)),
    ]);
    for (const name of ['web', 'worker']) {
      const settings = compose.services[name]?.environment ?? {};
      expect(Object.keys(settings).filter((setting) => !known.has(setting))).toEqual([]);
      expect(Object.keys(settings)).toEqual(expect.arrayContaining(['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY', 'PUBLIC_URL']));
    }
    expect(compose.services['web']?.environment).toEqual(compose.services['worker']?.environment);
  });

  it('lets every required setting of a connector through', () => {
    const passed = Object.keys(compose.services['web']?.environment ?? {});
    const required = connectors.flatMap((one) => settingsOf(one).filter((setting) => setting.required));
    expect(required.map((one) => one.env).filter((env) => !passed.includes(env))).toEqual([]);
  });

  it('holds no secret: what is one comes from the environment', () => {
    for (const [, service] of services) {
      for (const [name, value] of Object.entries(service.environment)) {
        if (/PASSWORD|TOKEN|SECRET|DATASOURCE|DATABASE_URL/.test(name)) expect(value).toMatch(/\$\{/);
      }
    }
  });

  it('names in .env.example what it takes from the environment, and gives no secret a value there', () => {
    const example = Object.fromEntries(
      [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const taken = new Set([...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+)(:?[-?])/g)].map(([, name = '']) => name));
    expect(Object.keys(example).filter((name) => !taken.has(name))).toEqual([]);
    const needed = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name = '']) => name);
    expect(needed.filter((name) => example[name] === undefined)).toEqual([]);
    expect(Object.values(example).filter((value) => value !== '')).toEqual([]);
  });

  it('keeps Redis from throwing wake-ups away, and on disk', () => {
    const command = compose.services['redis']?.command.join(' ');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(command).toContain('--appendonly yes');
  });

  it('lets Mattermost make bots and call the bridge', () => {
    const settings = compose.services['mattermost']?.environment ?? {};
    expect(settings['MM_SERVICESETTINGS_ENABLEBOTACCOUNTCREATION']).toBe('true');
    expect(settings['MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS']).toContain('web');
  });

  it('pins every image', () => {
    for (const [, service] of services) if (!service.build) expect(service.image).toMatch(/:\d+(\.\d+)*$/);
  });
});

describe('infra/Dockerfile', () => {
  const steps = (stage: string): readonly string[] =>
    stage
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));

  it('builds in one stage and runs in another, on the Node of package.json', () => {
    expect(stages).toHaveLength(2);
    for (const stage of stages) expect(stage).toMatch(/^node:20-slim\b/);
  });

  it('uses the network for npm ci alone, and runs no package’s scripts', () => {
    const runs = stages.flatMap(steps).filter((line) => line.startsWith('RUN '));
    expect(runs.filter((line) => /\b(npm|npx|yarn|pnpm|curl|wget|apt|apt-get|apk|pip|git|corepack)\b/.test(line))).toEqual([
      'RUN npm ci --omit=dev --ignore-scripts',
    ]);
    expect(dockerfile).not.toMatch(/^ADD /m);
  });

  it('runs as an ordinary user with a health check', () => {
    const lines = steps(last);
    expect(lines).toContain('USER node');
    expect(lines.findIndex((line) => line === 'USER node')).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith('RUN ')));
    expect(last).toMatch(/^HEALTHCHECK /m);
  });

  it('copies what package.json ships, the packages, and nothing else', () => {
    const { files } = z.object({ files: z.array(z.string()) }).parse(JSON.parse(read('package.json')));
    const copied = steps(last)
      .filter((line) => line.startsWith('COPY '))
      .flatMap((line) =>
        line
          .split(' ')
          .slice(1, -1)
          .filter((word) => !word.startsWith('--')),
      )
      .map((source) => source.replace('/app/', ''));
    expect(copied.sort()).toEqual([...files, 'node_modules', 'package.json', 'LICENSE'].sort());
  });

  it('copies only what .dockerignore lets through', () => {
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path);
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) => list.split(' '));
    expect(sources.filter((source) => !allowed.some((path) => source === path || source.startsWith(`${path}/`)))).toEqual([]);
    for (const source of sources) expect(existsSync(join(packageRoot, source))).toBe(true);
  });
});
