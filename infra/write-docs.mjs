// Writes what the docs say of the settings from the schemas that read them: docs/reference/configuration.md, and the table in README.md.
// `--check`: writes nothing, fails where they differ.
import { build } from 'esbuild';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { options } from './build-options.mjs';

const REFERENCE = 'docs/reference/configuration.md';
const BEGIN = '<!-- configuration: written by infra/write-docs.mjs -->';
const END = '<!-- /configuration -->';
/** For our own tests; nobody sets them. */
const HIDDEN = new Set(['FAILPOINT']);

const { packageRoot, general, connectors } = await loadSettings();

const row = (cells) => `| ${cells.join(' | ')} |`;
const code = (text) => (text === undefined || text === '' ? '' : `\`${text}\``);
/** A pipe would end the cell, and "<team>" would be taken for a tag. */
const inTable = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ');

function generalRows() {
  return general
    .filter(({ env }) => !HIDDEN.has(env))
    .map(({ env, help, fallback }) => row([code(env), code(fallback?.replace(`${packageRoot}/`, '')), inTable(help)]));
}

function connectorRows(settings) {
  return settings.map(({ env, label, help, secret, required, fallback }) =>
    row([code(env), required ? '**needed**' : code(fallback), `${inTable(label)}${secret ? ' (secret)' : ''}. ${inTable(help)}`]),
  );
}

const HEAD = [row(['Variable', 'Default', 'What it is']), row(['---', '---', '---'])];

const reference = [
  '# Configuration',
  '',
  '<!-- Written by `npm run docs` from the schemas in src/config.ts and src/connectors/*/config.ts. Change them, not this. -->',
  '',
  'Every setting is an environment variable. Each has a twin with `_FILE` at its end that names a file to read the value from (Docker and',
  'Kubernetes secrets); setting both is refused. `start --config file.yaml` and `doctor --config file.yaml` read the same names from a YAML',
  'file; the environment wins. Everything is checked at the start, and all problems are told at once.',
  '',
  '## General',
  '',
  ...HEAD,
  ...generalRows(),
  '',
  ...connectors.flatMap(({ id, label, settings }) => [
    `## ${label}`,
    '',
    `How to get these values: [${label}](../../src/connectors/${id}/README.md). Leave all of them out, and ${label} is not used.`,
    '',
    ...HEAD,
    ...connectorRows(settings),
    '',
  ]),
].join('\n');

const short = [
  BEGIN,
  '',
  ...HEAD,
  ...generalRows().filter((line) => !line.startsWith('| `ENGINE_')),
  ...connectors.flatMap(({ settings }) => connectorRows(settings.filter(({ fallback }) => fallback === undefined))),
  '',
  END,
].join('\n');

const readme = readFileSync('README.md', 'utf8');
const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
if (from === -1 || to < from) throw new Error(`README.md lacks ${BEGIN} … ${END}`);

const wanted = new Map([
  [REFERENCE, reference],
  ['README.md', readme.slice(0, from) + short + readme.slice(to + END.length)],
]);
const different = [...wanted].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
if (!process.argv.includes('--check')) for (const [file, text] of different) writeFileSync(file, text);
else if (different.length > 0) {
  process.stderr.write(`${different.map(([file]) => file).join(' and ')} differ from the settings' schemas: run "npm run docs".\n`);
  process.exitCode = 1;
}

async function loadSettings() {
  const file = `dist/settings-${process.pid}.mjs`;
  const contents = `
    import { generalSettings, settingsOf } from './src/config.ts';
    import { connectors as definitions } from './src/connectors/index.ts';
    export { packageRoot } from './src/package-root.ts';
    export const general = generalSettings();
    export const connectors = definitions.map((one) => ({ id: one.id, label: one.label, settings: settingsOf(one) }));
  `;
  try {
    await build({
      ...options,
      entryPoints: undefined,
      outdir: undefined,
      sourcemap: false,
      stdin: { contents, resolveDir: '.', loader: 'ts' },
      outfile: file,
    });
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file, { force: true });
  }
}
