/** Who may import whom (CONTRIBUTING.md, "Layout"). Each folder lists what it may use; the rest is refused. */

const PACKAGE = { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'] };

/** A folder of `src` that may import only these others (besides itself), and only these packages. */
function folder(name, { folders = [], packages, comment }) {
  const own = `^src/${name}/`;
  return [
    {
      name: `${name}-imports`,
      comment,
      severity: 'error',
      from: { path: own },
      to: { path: '^src/', pathNot: [own, ...folders.map((one) => `^src/${one}`)] },
    },
    ...(packages === undefined
      ? []
      : [
          {
            name: `${name}-packages`,
            comment,
            severity: 'error',
            from: { path: own },
            to: { ...PACKAGE, pathNot: packages.map((one) => `node_modules/(@types/)?${one}/`) },
          },
        ]),
  ];
}

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one file, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports and that starts nothing is dead.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'not-to-test',
      comment: 'What is shipped does not lean on tests, nor on packages that only development has.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ['^test/', '^infra/'] },
    },
    {
      name: 'not-to-dev-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: ['node_modules/@types/'] },
    },
    { name: 'listed-packages', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },

    ...folder('core', { packages: ['zod'], comment: 'The words of the domain: nothing but the schema library (docs/decisions/0001).' }),
    {
      name: 'core-types-of-node-only',
      comment: 'core touches no machine: of Node it may name types.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    ...folder('engine', {
      folders: ['core/'],
      packages: ['zod', 'yaml', 'liquidjs', 're2js', '@marcbachmann/cel-js'],
      comment: 'The engine knows no vendor, no Redis, no Express, no SQL: it speaks to ports.',
    }),
    ...folder('actions', { folders: ['core/'], packages: ['zod'], comment: 'An action speaks to ports.' }),
    ...folder('triggers', { folders: ['core/'], packages: ['zod'], comment: 'A trigger reads events.' }),
    ...folder('ingest', {
      folders: ['core/'],
      packages: ['zod', 'express', 'secure-json-parse'],
      comment: 'The door gets everything else injected.',
    }),
    ...folder('queue', { folders: ['core/'], packages: ['zod', 'bullmq', 'ioredis'], comment: 'BullMQ and Redis, and nothing else.' }),
    ...folder('store', {
      folders: ['core/'],
      packages: ['zod', 'pg', '@electric-sql/pglite', 'bullmq'],
      comment: 'SQL, and nothing else. Of BullMQ only the type of the pool it wants.',
    }),
    ...folder('console', { folders: ['core/'], comment: 'The console gets everything else injected.' }),
    ...folder('connectors', { folders: ['core/'], comment: 'A connector knows its vendor and core.' }),
    {
      name: 'connectors-apart',
      comment: 'A connector never imports another one; what they share stands in connectors/*.ts.',
      severity: 'error',
      from: { path: '^src/connectors/([^/]+)/' },
      to: { path: '^src/connectors/[^/]+/', pathNot: ['^src/connectors/$1/'] },
    },
    {
      name: 'connectors-shared-files',
      comment: 'The shared files know no vendor; index.ts is the list.',
      severity: 'error',
      from: { path: '^src/connectors/[^/]+\\.ts$', pathNot: ['^src/connectors/index\\.ts$'] },
      to: { path: '^src/connectors/[^/]+/' },
    },
    {
      name: 'connectors-list',
      comment: 'Nobody but the list and its readers knows that connectors exist.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/connectors/', '^src/app(\\.ts$|/)', '^src/commands/'] },
      to: { path: '^src/connectors/' },
    },
    ...folder('simulator', {
      folders: ['core/clock\\.ts$'],
      packages: ['zod', 'express'],
      comment: 'The simulated vendors share no code with the connectors: shared mistakes would cancel out.',
    }),
    {
      name: 'simulator-readers',
      comment: 'Only the demo and `simulate` start simulated vendors; the bridge itself never meets them.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/simulator/', '^src/commands/'] },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'config-imports',
      comment: 'Settings are read before anything is put together; the connectors hand in their own.',
      severity: 'error',
      from: { path: '^src/config\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/core/', '^src/package-root\\.ts$'] },
    },
    {
      name: 'app-is-the-root',
      comment: 'app.ts knows everybody; only main.ts and the commands know app.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/commands/'] },
      to: { path: '^src/app\\.ts$' },
    },
    {
      name: 'main-is-the-entry',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$'] },
      to: { path: ['^src/main\\.ts$'] },
    },
    {
      name: 'commands-are-called',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/commands/'] },
      to: { path: ['^src/commands/'] },
    },
    {
      name: 'one-client-per-vendor',
      comment: 'The SDKs hide status, time and retry; one file wraps each, and no one else calls them.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/connectors/'] },
      to: { path: 'node_modules/(@pagerduty/pdjs|jira-client|undici)/' },
    },
    {
      name: 'sql-in-store',
      comment: 'All SQL is in src/store.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/store/'] },
      to: { path: 'node_modules/(@types/)?(pg|@electric-sql/pglite)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
    skipAnalysisNotInRules: true,
    cache: false,
  },
};
