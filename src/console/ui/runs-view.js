import { get, poll } from './api.js';
import { runChip, runStateWord } from './chips.js';
import { createSection, h, icon, outside } from './dom.js';
import { announce, showTrouble } from './shell.js';
import { ago, durationSince } from './time.js';

const FILTERS = [
  ['', 'Overview'],
  ['attention', 'Needs you'],
  ['open', 'Open'],
  ['finished', 'Finished'],
  ['failed', 'Failed'],
  ['cancelled', 'Cancelled'],
];

/** `/`: what is open, then what was; or one state with all its pages. */
export function startRuns(main) {
  document.title = 'Runs · Incident Bridge';
  const show = new URLSearchParams(location.search).get('state') ?? '';
  const filter = FILTERS.some(([key]) => key === show) ? show : '';
  const tabs = createSection('div', {}, drawTabs);
  const parts =
    filter === '' ? [createPart('open', 'Open now', 100), createPart('ended', 'Recently ended', 15)] : [createPart(filter, undefined, 50)];
  const seen = new Map();

  main.append(
    h(
      'div',
      { class: 'page-head' },
      h('h1', {}, 'Runs'),
      h('p', { class: 'live' }, h('span', { class: 'light light-live', 'aria-hidden': 'true' }), 'Live'),
    ),
    tabs.element,
    ...parts.map((part) => part.element),
  );
  poll(
    async () => {
      const bodies = await Promise.all(parts.map((part) => part.load()));
      const [{ counts }] = bodies;
      tabs.update({ counts, filter });
      const open = counts.running + counts.parked + counts.finishing;
      document.title = `${counts.attention > 0 ? `(${counts.attention}!) ` : open > 0 ? `(${open}) ` : ''}Runs · Incident Bridge`;
      for (const [at, part] of parts.entries()) part.update(bodies[at], filter, counts);
      tellChanges(
        bodies.flatMap((body) => body.runs),
        seen,
      );
    },
    2000,
    showTrouble,
  );
}

/** Screen readers hear of new runs and new states, not of every second that passes. */
function tellChanges(runs, seen) {
  const isFirst = seen.size === 0;
  const news = runs
    .filter((run) => seen.get(run.id) !== run.state)
    .map((run) => `Run ${run.number}, ${run.title}: ${runStateWord(run.state)}`);
  for (const run of runs) seen.set(run.id, run.state);
  if (!isFirst && news.length > 0) announce(news.slice(0, 3).join('. '));
}

function drawTabs({ counts, filter }) {
  const numbers = {
    attention: counts.attention,
    open: counts.running + counts.parked + counts.finishing,
    finished: counts.finished,
    failed: counts.failed,
    cancelled: counts.cancelled,
  };
  return h(
    'nav',
    { class: 'tabs', 'aria-label': 'Filter runs' },
    FILTERS.map(([key, label]) =>
      h(
        'a',
        {
          href: key ? `/?state=${key}` : '/',
          class: key === 'attention' && numbers.attention > 0 ? 'tab tab-warn' : 'tab',
          'aria-current': key === filter ? 'true' : undefined,
          'data-key': `tab-${key}`,
        },
        label,
        numbers[key] !== undefined && h('span', { class: 'tab-count' }, String(numbers[key])),
      ),
    ),
  );
}

/** One list with its "Show more". */
function createPart(state, title, limit) {
  let older = [];
  let olderCursor;
  let firstCursor;
  const list = createSection('div', {}, ({ runs, filter, isEmpty }) => [
    title && runs.length > 0 && h('h2', { class: 'list-title' }, title),
    isEmpty && drawEmpty(state, filter),
    runs.length > 0 && h('ul', { class: 'runs' }, runs.map(drawRun)),
  ]);
  const more = h('button', { type: 'button', class: 'button more', hidden: true, onclick: () => void loadMore() }, 'Show older runs');
  let last;

  async function loadMore() {
    more.disabled = true;
    try {
      const { body } = await get(`/runs?state=${state}&limit=50&cursor=${olderCursor ?? firstCursor}`);
      older = [...older, ...body.runs];
      olderCursor = body.nextCursor;
      draw();
      more.hidden = body.nextCursor === undefined;
    } catch (error) {
      showTrouble(error);
    } finally {
      more.disabled = false;
    }
  }
  function draw() {
    const fresh = new Set(last.runs.map((run) => run.id));
    const runs = [...last.runs, ...older.filter((run) => !fresh.has(run.id))];
    // Who waits for a person stands on top, however old.
    if (state === 'open') runs.sort((a, b) => Number(b.state === 'parked') - Number(a.state === 'parked'));
    // The overview's second list stays silent when it has nothing; the first one speaks for both.
    list.update({ runs, filter: last.filter, isEmpty: runs.length === 0 && state !== 'ended', total: last.total });
  }
  return {
    element: h('section', { 'aria-label': title ?? 'Runs' }, list.element, more),
    load: async () => (await get(`/runs?state=${state}&limit=${limit}`)).body,
    update({ runs, nextCursor }, filter, counts) {
      last = { runs, filter, total: Object.values(counts).reduce((sum, count) => sum + count, 0) };
      if (older.length === 0) {
        firstCursor = nextCursor;
        more.hidden = nextCursor === undefined;
      }
      draw();
    },
  };
}

function drawRun(run) {
  const isOpen = ['running', 'parked', 'finishing'].includes(run.state);
  return h(
    'li',
    { class: `run-row run-${run.state}` },
    h('div', { class: 'run-chip' }, runChip(run.state)),
    h(
      'div',
      { class: 'run-main' },
      h('a', { href: `/runs/${run.id}`, class: 'run-title', 'data-key': run.id }, outside(run.title || 'No title')),
      h(
        'p',
        { class: 'run-meta' },
        h('span', {}, `#${run.number}`),
        h('span', {}, run.playbook),
        isOpen && h('span', {}, 'step ', h('strong', {}, run.step)),
        h('span', {}, 'started ', ago(run.startedAt)),
      ),
      run.attention && isOpen && h('p', { class: 'run-attention' }, icon('alert'), outside(run.attention)),
    ),
    h(
      'dl',
      { class: 'run-numbers' },
      drawNumber(isOpen ? 'Open for' : 'Lasted', durationSince(run.startedAt, run.endedAt)),
      drawNumber(
        'Acknowledged in',
        run.acknowledgedAt ? durationSince(run.startedAt, run.acknowledgedAt) : isOpen ? h('span', { class: 'not-yet' }, 'not yet') : '–',
        run.acknowledgedBy,
      ),
      drawNumber('Resolved in', run.resolvedAt ? durationSince(run.startedAt, run.resolvedAt) : '–'),
    ),
  );
}

function drawNumber(label, value, who) {
  return h('div', {}, h('dt', {}, label), h('dd', {}, value), who && h('dd', { class: 'who' }, 'by ', outside(who)));
}

function drawEmpty(state, filter) {
  if (filter === 'attention')
    return empty('check', 'Nothing needs you', 'A run comes here when an action failed for good, or a setting is missing.');
  if (filter !== '' && filter !== 'open') return empty('inbox', 'None here', 'No run is in this state.');
  return empty(
    'check',
    'All quiet',
    'No incident is open. When one comes in, it appears here by itself.',
    h('p', { class: 'quiet' }, 'To see how it looks, send a test delivery: ', h('code', {}, 'npx incident-bridge deliver <file>')),
  );
}

export function empty(sign, title, text, ...more) {
  return h('div', { class: 'empty' }, h('span', { class: 'empty-sign' }, icon(sign)), h('h2', {}, title), h('p', {}, text), more);
}
