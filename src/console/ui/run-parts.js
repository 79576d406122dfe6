import { effectChip, outcomeChip } from './chips.js';
import { h, outside } from './dom.js';
import { vendorName } from './story.js';
import { ago, clockTime, formatDuration } from './time.js';

/** The journal: every outward call that changes something, written down before it is made. */
export function drawJournal(effects) {
  return [
    h('h2', { id: 'journal-title' }, 'Journal'),
    h(
      'p',
      { class: 'quiet' },
      'Every call that changes something at a vendor is written here before it is made, so that none is lost and none is done twice.',
    ),
    effects.length === 0
      ? h('p', { class: 'quiet' }, 'No call has been made yet.')
      : h(
          'table',
          { class: 'table' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              ['Effect', 'Call', 'State', 'Attempts', 'When'].map((name) => h('th', { scope: 'col' }, name)),
            ),
          ),
          h('tbody', {}, effects.map(drawEffect)),
        ),
  ];
}

function drawEffect({ key, action, change, state, attempts, error, intendedAt, endedAt, input, output }) {
  const took = endedAt ? Date.parse(endedAt) - Date.parse(intendedAt) : undefined;
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row', 'data-label': 'Effect' },
      h('strong', {}, action),
      h(
        'details',
        { class: 'raw', 'data-key': key },
        h('summary', { 'data-key': `${key}-more` }, 'Details'),
        drawRaw('Key', key),
        drawRaw('Sent', input),
        output && drawRaw('Answer', output),
      ),
    ),
    h('td', { 'data-label': 'Call' }, h('code', {}, change)),
    h('td', { 'data-label': 'State' }, effectChip(state), error && h('p', { class: 'cell-note' }, outside(error))),
    h('td', { 'data-label': 'Attempts', class: 'number' }, String(attempts)),
    h(
      'td',
      { 'data-label': 'When', class: 'when' },
      clockTime(intendedAt),
      took !== undefined && h('span', { class: 'quiet' }, took < 1000 ? ` · ${took} ms` : ` · ${formatDuration(took)}`),
    ),
  );
}

const drawRaw = (label, text) => h('div', {}, h('p', { class: 'quiet' }, label), h('pre', { tabindex: '0' }, pretty(text)));

/** Our own JSON laid out; what isn't JSON (cut off, say) as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const REFERENCES = {
  'pager.incident': 'Incident',
  'pager.dedup_key': 'Dedup key',
  'tracker.issue': 'Issue',
  'chat.channel': 'Channel',
  'chat.post': 'Post',
  'monitor.problem': 'Problem',
};

/** The column beside the timeline. */
export function drawSide({ run, references, deliveries }) {
  const facts = [
    ['Source', run.source && vendorName(run.source)],
    ['Service', run.service],
    ['Severity', run.severity],
    ['Trigger', run.trigger],
    ['Started by', run.startedBy],
  ].filter(([, value]) => value);
  return [
    h(
      'section',
      { class: 'card' },
      h('h2', {}, 'Details'),
      h(
        'dl',
        { class: 'facts' },
        facts.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, outside(value)))),
      ),
      run.description && h('p', { class: 'description' }, outside(run.description)),
    ),
    deliveries.length > 0 &&
      h(
        'section',
        { class: 'card' },
        h('h2', {}, 'What came in'),
        h(
          'ul',
          { class: 'mini' },
          deliveries.map((delivery) =>
            h(
              'li',
              {},
              h(
                'a',
                { href: `/deliveries/${delivery.id}`, 'data-key': delivery.id },
                vendorName(delivery.source),
                delivery.type && `: ${delivery.type.replaceAll('_', ' ')}`,
              ),
              outcomeChip(delivery.outcome),
              ago(delivery.receivedAt, { class: 'quiet' }),
            ),
          ),
        ),
      ),
    references.length > 0 &&
      h(
        'section',
        { class: 'card' },
        h(
          'details',
          { 'data-key': 'references' },
          h('summary', { 'data-key': 'references-more' }, `${references.length} references at vendors`),
          h(
            'dl',
            { class: 'facts facts-long' },
            references.map(({ kind, value }) => h('div', {}, h('dt', {}, REFERENCES[kind] ?? kind), h('dd', {}, h('code', {}, value)))),
          ),
        ),
      ),
  ];
}
