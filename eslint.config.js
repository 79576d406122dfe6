import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What `src` may not do at all (SECURITY.md): run other programs, evaluate text, speak through the console. */
const FORBIDDEN_MODULES = ['child_process', 'vm', 'worker_threads', 'cluster', 'inspector', 'repl'].flatMap((name) => [
  { name, message: 'Not in src: we run no other program and evaluate no text.' },
  { name: `node:${name}`, message: 'Not in src: we run no other program and evaluate no text.' },
]);

/**
 * SQL is written with $1, $2 …; a template with a hole in it, or a sum of strings, is how injections begin. What may stand in a hole: a
 * constant of ours (UPPER_CASE), and `quote(name)` where SQL takes a name and no parameter (LISTEN).
 */
const SQL_HOLE = '.expressions:not(Identifier[name=/^[A-Z][A-Z0-9_]*$/]):not(CallExpression[callee.name="quote"])';
const SQL_START = '/^\\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|TRUNCATE|GRANT|LOCK|NOTIFY|LISTEN|UNLISTEN)\\s/';
const SQL_MESSAGE = 'Parameters go into SQL as $1, $2 …, never into its text.';
const SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'CallExpression[callee.property.name="query"] > BinaryExpression[operator="+"]', message: SQL_MESSAGE },
  { selector: `CallExpression[callee.property.name="query"] > TemplateLiteral > ${SQL_HOLE}`, message: SQL_MESSAGE },
  { selector: `TemplateLiteral:has(> TemplateElement:first-child[value.raw=${SQL_START}]) > ${SQL_HOLE}`, message: SQL_MESSAGE },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'data/', 'test/.tmp/', 'test/.tmp-*/', 'test/fixtures/', '**/*.tmp.*'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'default', format: ['camelCase'], leadingUnderscore: 'allow' },
        // Functions that are schemas are written like the schemas they make: PascalCase.
        { selector: ['variable', 'parameter'], format: ['camelCase', 'PascalCase', 'UPPER_CASE'], leadingUnderscore: 'allow' },
        { selector: 'import', format: null },
        { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null },
        { selector: 'typeLike', format: ['PascalCase'] },
        // Vendors, headers, settings and columns have names of their own.
        { selector: ['property', 'method', 'accessor'], format: null },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off', // `return next();` says that nothing follows.
      '@typescript-eslint/unbound-method': 'off', // Factories: our objects have no `this` that a method could lose.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }], // '' from outside means "none".
      '@typescript-eslint/prefer-optional-chain': 'off', // `!post || post.id !== id` says both halves.
      '@typescript-eslint/require-await': 'off', // A port's method is async whether or not this one waits.
      '@typescript-eslint/prefer-regexp-exec': 'off',
      '@typescript-eslint/dot-notation': 'off', // env['NAME']: a key from outside looks like one.
      'no-control-regex': 'off', // Control characters are what these patterns look for; each says so in a comment.
      'no-restricted-syntax': ['error', ...SYNTAX],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'off', // @typescript-eslint/no-implied-eval knows the types.
      'no-new-func': 'error',
      'no-script-url': 'error',
      'no-param-reassign': ['error', { props: false }],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/store/embedded/**'],
    rules: { 'no-restricted-imports': ['error', { paths: FORBIDDEN_MODULES }] },
  },
  {
    // The one exception: the first initdb runs a fixed file with fixed arguments in a child process.
    files: ['src/store/embedded/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: FORBIDDEN_MODULES.filter(({ name }) => !name.endsWith('child_process')).concat(onlySpawn()) },
      ],
    },
  },
  {
    // What the journal kept comes back in the type it was written with: the effect's key names the port method, and with it the type.
    files: ['src/engine/perform-effect.ts'],
    rules: { '@typescript-eslint/no-unnecessary-type-parameters': 'off' },
  },
  {
    // A foreign module's shape is what it is.
    files: ['**/*.d.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A test may build a wrong thing on purpose and say so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off', // A property that returns nothing: `(value) => void expect(…)`.
      '@typescript-eslint/prefer-includes': 'off',
      '@typescript-eslint/prefer-string-starts-ends-with': 'off',
      'no-console': ['error', { allow: ['warn'] }],
      'no-script-url': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  {
    // Plain JavaScript: the pages' own scripts and the build's.
    files: ['**/*.{js,mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', 'no-eval': 'error', 'no-new-func': 'error' },
  },
  {
    files: ['src/**/ui/**/*.js'],
    languageOptions: {
      globals: globalsOf(
        'window addEventListener removeEventListener CSS FormData document location history navigator fetch URL URLSearchParams EventSource Intl setTimeout clearTimeout setInterval clearInterval requestAnimationFrame customElements HTMLElement HTMLFormElement HTMLInputElement HTMLDialogElement Element Node Event CustomEvent KeyboardEvent AbortController IntersectionObserver ResizeObserver MutationObserver matchMedia localStorage sessionStorage console',
      ),
    },
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text from outside never becomes markup: build nodes.' },
        { property: 'outerHTML', message: 'Text from outside never becomes markup: build nodes.' },
        { property: 'insertAdjacentHTML', message: 'Text from outside never becomes markup: build nodes.' },
      ],
    },
  },
  {
    files: ['infra/**/*.mjs', 'test/**/*.mjs', '*.{js,mjs,cjs}', 'bench/**/*.mjs'],
    languageOptions: {
      globals: globalsOf(
        'process console Buffer URL fetch setTimeout clearTimeout setInterval clearInterval performance AbortController AbortSignal module require __dirname',
      ),
    },
  },
);

function onlySpawn() {
  return ['child_process', 'node:child_process'].map((name) => ({
    name,
    allowImportNames: ['spawn'],
    message: 'spawn of one fixed file only.',
  }));
}

function globalsOf(names) {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, 'readonly']));
}
