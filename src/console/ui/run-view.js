import { get, poll, post } from './api.js';
import { runChip, runStateWord } from './chips.js';
import { confirmFirst } from './confirm.js';
import { createSection, externalLink, h, icon, outside } from './dom.js';
import { drawJournal, drawSide } from './run-parts.js';
import { empty } from './runs-view.js';
import { announce, showTrouble, toast } from './shell.js';
import { tell, vendorName } from './story.js';
import { ago, clockTime, durationSince, formatDuration } from './time.js';

/** `/runs/<id>`: one incident from its first second on. */
export function startRun(main, id) {
  let ask = () => undefined;
  let state;

  const operate = async (operation, action) => {
    try {
      await post(`/runs/${id}/operate`, { operation, ...(action ? { action } : {}) });
      toast({ retry: 'It is being tried again', skip: 'Skipped', cancel: 'The run is being cancelled' }[operation]);
    } catch (error) {
      toast(error.message, 'bad');
    }
    ask();
  };
  const head = createSection('div', { class: 'run-head' }, (view) => drawHead(view, operate));
  const attention = createSection('div', {}, (view) => drawAttention(view, operate));
  const timeline = createSection('section', { class: 'card timeline-card', 'aria-labelledby': 'timeline-title' }, drawTimeline);
  const side = createSection('div', { class: 'side' }, drawSide);
  const journal = createSection('section', { class: 'card journal', 'aria-labelledby': 'journal-title' }, drawJournal);
  const missing = createSection(
    'div',
    {},
    (message) => message && empty('inbox', 'No such run', message, h('p', {}, h('a', { href: '/' }, 'All runs'))),
  );
  main.append(
    h('p', { class: 'crumb' }, h('a', { href: '/' }, 'Runs')),
    head.element,
    attention.element,
    h('div', { class: 'run-columns' }, timeline.element, side.element),
    journal.element,
    missing.element,
  );

  ask = poll(
    async () => {
      const { body } = await get(`/runs/${id}`);
      const { run, can, stuck, links } = body;
      document.title = `${runStateWord(run.state)}: ${run.title} · Incident Bridge`;
      if (state !== undefined && state !== run.state) announce(`The run is now: ${runStateWord(run.state)}`);
      state = run.state;
      head.update({ run, links, can });
      attention.update({ run, can, stuck });
      timeline.update({ startedAt: run.startedAt, entries: body.timeline, state: run.state, step: run.step });
      side.update({ run, references: body.references, deliveries: body.deliveries });
      journal.update(body.effects);
    },
    2000,
    (error) => {
      missing.update(error?.status === 404 || error?.status === 400 ? error.message : undefined);
      showTrouble(error?.status === 400 ? undefined : error);
    },
  );
}

function drawHead({ run, links, can }, operate) {
  const isOpen = can.cancel;
  return [
    h(
      'div',
      { class: 'run-headline' },
      h(
        'div',
        {},
        h(
          'p',
          { class: 'run-kicker' },
          runChip(run.state),
          h('span', {}, `#${run.number}`),
          h('span', {}, run.playbook),
          isOpen && h('span', {}, 'step ', h('strong', {}, run.step)),
        ),
        h('h1', {}, outside(run.title || 'No title')),
      ),
      can.cancel &&
        h(
          'button',
          { type: 'button', class: 'button button-danger-quiet', 'data-key': 'cancel', onclick: () => void cancel(run, operate) },
          icon('cross'),
          'Cancel run',
        ),
    ),
    links.length > 0 && h('p', { class: 'links' }, links.map(drawLink)),
    h(
      'dl',
      { class: 'tiles' },
      tile(isOpen ? 'Open for' : 'Lasted', durationSince(run.startedAt, run.endedAt), ['since ', clockTime(run.startedAt)]),
      tile(
        'Detected after',
        run.problemStartedAt ? durationSince(run.problemStartedAt, run.startedAt) : '–',
        run.problemStartedAt ? ['problem began ', clockTime(run.problemStartedAt)] : 'start of the problem not known',
      ),
      tile(
        'Acknowledged in',
        run.acknowledgedAt ? durationSince(run.startedAt, run.acknowledgedAt) : isOpen ? 'not yet' : '–',
        run.acknowledgedBy ? ['by ', outside(run.acknowledgedBy)] : isOpen && !run.acknowledgedAt ? 'nobody has it' : '',
      ),
      tile(
        'Resolved in',
        run.resolvedAt ? durationSince(run.startedAt, run.resolvedAt) : '–',
        run.resolvedAt ? ['at ', clockTime(run.resolvedAt)] : '',
      ),
    ),
  ];
}

const tile = (label, value, note) =>
  h('div', { class: 'tile' }, h('dt', {}, label), h('dd', { class: 'tile-value' }, value), h('dd', { class: 'tile-note' }, note));

function drawLink({ kind, source, name, url }) {
  const [sign, label] = {
    incident: ['phone', [source ? vendorName(source) : 'Pager', name || 'incident'].join(' ')],
    channel: ['hash', name || 'Channel'],
    issue: ['ticket', name || 'Issue'],
  }[kind];
  return externalLink(url, { class: 'button link-button', 'data-key': url }, icon(sign), outside(label), icon('external'));
}

async function cancel(run, operate) {
  const isSure = await confirmFirst({
    title: `Cancel run #${run.number}?`,
    text: 'The playbook stops here: nothing more is posted, changed or asked. What it has made so far (channel, issue, incident) stays as it is. This can’t be undone.',
    yes: 'Cancel the run',
    no: 'Keep it running',
  });
  if (isSure) await operate('cancel');
}

function drawAttention({ run, can, stuck }, operate) {
  if (!can.retry) return undefined;
  const isParked = run.state === 'parked';
  return h(
    'section',
    { class: `attention ${isParked ? 'attention-parked' : ''}`, 'aria-label': 'Needs attention' },
    h('h2', {}, icon('alert'), isParked ? 'This run waits for you' : 'Something is being tried again'),
    run.attention && h('p', { class: 'attention-reason' }, outside(run.attention)),
    stuck.map(({ action, state, error, attempts, dueAt }) =>
      h(
        'div',
        { class: 'stuck' },
        h(
          'div',
          { class: 'stuck-text' },
          h(
            'p',
            {},
            h('strong', {}, action),
            state === 'failed' ? ' failed' : [' is tried again ', dueAt ? ago(dueAt) : 'soon'],
            attempts > 0 && h('span', { class: 'quiet' }, ` · ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} so far`),
          ),
          error && error !== run.attention && h('p', { class: 'quiet' }, outside(error)),
        ),
        h('div', { class: 'stuck-buttons' }, operateButton('retry', action, operate), operateButton('skip', action, operate)),
      ),
    ),
    stuck.length === 0 &&
      h('div', { class: 'stuck-buttons' }, operateButton('retry', undefined, operate), operateButton('skip', undefined, operate)),
  );
}

function operateButton(operation, action, operate) {
  const [sign, label] = { retry: ['retry', 'Retry'], skip: ['skip', 'Skip'] }[operation];
  const press = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    await operate(operation, action);
    button.disabled = false;
  };
  return h(
    'button',
    {
      type: 'button',
      class: operation === 'retry' ? 'button button-primary' : 'button',
      'data-key': `${operation}-${action ?? ''}`,
      'aria-label': action ? `${label} ${action}` : label,
      onclick: press,
    },
    icon(sign),
    label,
  );
}

function drawTimeline({ startedAt, entries, state, step }) {
  const isOpen = ['running', 'parked', 'finishing'].includes(state);
  return [
    h('h2', { id: 'timeline-title' }, 'What happened'),
    h(
      'ol',
      { class: 'timeline' },
      entries.map(({ at, entry }) => drawEntry(at, entry, startedAt)),
      isOpen &&
        h(
          'li',
          { class: 'moment moment-now' },
          h('span', { class: 'moment-sign' }),
          h(
            'div',
            { class: 'moment-body' },
            h(
              'p',
              { class: 'moment-text quiet' },
              state === 'running'
                ? `Now in step ${step}, waiting for what comes next`
                : state === 'parked'
                  ? 'Waiting for a person'
                  : 'Finishing what is still open',
            ),
          ),
        ),
    ),
  ];
}

function drawEntry(at, entry, startedAt) {
  const { icon: sign, tone = 'plain', parts, detail, isStep, dueAt } = tell(entry);
  const since = Date.parse(at) - Date.parse(startedAt);
  return h(
    'li',
    { class: `moment moment-${tone} ${isStep ? 'moment-step' : ''}` },
    h('span', { class: 'moment-sign' }, icon(sign)),
    h(
      'div',
      { class: 'moment-body' },
      h('p', { class: 'moment-text' }, parts.map(drawPart)),
      detail && h('p', { class: 'moment-detail' }, outside(detail)),
      dueAt &&
        Date.parse(dueAt) > Date.parse(at) &&
        h('p', { class: 'moment-detail' }, `Next try ${formatDuration(Date.parse(dueAt) - Date.parse(at))} later`),
    ),
    h(
      'p',
      { class: 'moment-time' },
      clockTime(at),
      h('span', { class: 'quiet' }, since < 9950 ? `+${(Math.max(0, since) / 1000).toFixed(1)} s` : `+${formatDuration(since)}`),
    ),
  );
}

function drawPart(part) {
  if (typeof part === 'string') return part;
  if ('link' in part) return externalLink(part.url, {}, outside(part.link));
  return h('strong', {}, outside(part.strong));
}
