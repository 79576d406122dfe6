/** Tests run as ES modules; swc strips the types (type checking is `npm run typecheck`). */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironment: 'node',
  // As many as the cores we promise to fit on; jest's own choice would be one.
  maxWorkers: 2,
  testTimeout: 30_000,
};
