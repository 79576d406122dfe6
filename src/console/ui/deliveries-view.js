import { get, poll } from './api.js';
import { OUTCOME_FILTERS, outcomeChip } from './chips.js';
import { createSection, h, outside } from './dom.js';
import { empty } from './runs-view.js';
import { showTrouble } from './shell.js';
import { vendorName } from './story.js';
import { ago, clockTime } from './time.js';

/** `/deliveries`: everything that came in, with what became of it. */
export function startDeliveries(main) {
  document.title = 'Deliveries · Incident Bridge';
  const filter = new URLSearchParams(location.search).get('outcome') ?? '';
  const path = `/deliveries?limit=50${filter ? `&outcome=${encodeURIComponent(filter)}` : ''}`;
  let older = [];
  let newest = { deliveries: [] };
  let cursor;

  const list = createSection('div', {}, (deliveries) => (deliveries.length === 0 ? drawEmpty(filter) : drawTable(deliveries)));
  const more = h('button', { type: 'button', class: 'button more', hidden: true, onclick: () => void loadMore() }, 'Show older deliveries');
  main.append(
    h(
      'div',
      { class: 'page-head' },
      h('h1', {}, 'Deliveries'),
      h('p', { class: 'live' }, h('span', { class: 'light light-live', 'aria-hidden': 'true' }), 'Live'),
    ),
    h('p', { class: 'lead' }, 'What vendors sent and people pressed. Everything is kept, also what could not be used.'),
    h(
      'nav',
      { class: 'tabs', 'aria-label': 'Filter deliveries' },
      [['', 'All'], ...OUTCOME_FILTERS].map(([key, label]) =>
        h(
          'a',
          { href: key ? `/deliveries?outcome=${key}` : '/deliveries', class: 'tab', 'aria-current': key === filter ? 'true' : undefined },
          label,
        ),
      ),
    ),
    list.element,
    more,
  );

  const draw = () => {
    const fresh = new Set(newest.deliveries.map(({ id }) => id));
    list.update([...newest.deliveries, ...older.filter(({ id }) => !fresh.has(id))]);
    more.hidden = cursor === undefined;
  };
  const loadMore = async () => {
    more.disabled = true;
    try {
      const { body } = await get(`${path}&cursor=${cursor}`);
      older = [...older, ...body.deliveries];
      cursor = body.nextCursor;
      draw();
    } catch (error) {
      showTrouble(error);
    } finally {
      more.disabled = false;
    }
  };
  poll(
    async () => {
      newest = (await get(path)).body;
      if (older.length === 0) cursor = newest.nextCursor;
      draw();
    },
    3000,
    showTrouble,
  );
}

function drawTable(deliveries) {
  return h(
    'div',
    { class: 'card card-table' },
    h(
      'table',
      { class: 'table deliveries' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Received', 'From', 'What', 'Outcome', 'Run'].map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h('tbody', {}, deliveries.map(drawRow)),
    ),
  );
}

function drawRow(delivery) {
  return h(
    'tr',
    {},
    h('td', { 'data-label': 'Received', class: 'when' }, clockTime(delivery.receivedAt), ' ', ago(delivery.receivedAt, { class: 'quiet' })),
    h('td', { 'data-label': 'From' }, vendorName(delivery.source), h('span', { class: 'quiet' }, ` ${delivery.door}`)),
    h(
      'th',
      { 'data-label': 'What', scope: 'row' },
      h('a', { href: `/deliveries/${delivery.id}`, 'data-key': delivery.id }, describe(delivery)),
      delivery.title && delivery.type && h('p', { class: 'cell-note' }, outside(delivery.title)),
    ),
    h(
      'td',
      { 'data-label': 'Outcome' },
      outcomeChip(delivery.outcome),
      delivery.reason && h('p', { class: 'cell-note' }, outside(delivery.reason)),
    ),
    h(
      'td',
      { 'data-label': 'Run' },
      delivery.runs.length === 0
        ? h('span', { class: 'quiet' }, '–')
        : delivery.runs.map((run) =>
            h(
              'a',
              { href: `/runs/${run.id}`, class: 'run-link', 'data-key': `${delivery.id}-${run.id}` },
              run.number === undefined ? 'run' : `#${run.number}`,
            ),
          ),
    ),
  );
}

/** The best short name there is for it. */
export function describe({ type, vendorType, door, outcome }) {
  if (type) return outside(type.replaceAll('_', ' '));
  if (vendorType) return outside(vendorType);
  if (outcome === 'unreadable') return 'unreadable body';
  return (
    { button: 'button pressed', manual: 'started by hand', comparison: 'comparison with the pager' }[door] ?? 'message without an event'
  );
}

function drawEmpty(filter) {
  if (filter) return empty('inbox', 'None here', 'No delivery had this outcome.');
  return empty(
    'inbox',
    'Nothing has come in yet',
    'Point a webhook of PagerDuty at /hooks/pagerduty of this bridge.',
    h('p', { class: 'quiet' }, 'Or send a test delivery: ', h('code', {}, 'npx incident-bridge deliver <file>')),
  );
}
