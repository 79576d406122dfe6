import { get, poll, post } from './api.js';
import { outcomeChip } from './chips.js';
import { createSection, h, icon, outside } from './dom.js';
import { describe } from './deliveries-view.js';
import { pretty } from './run-parts.js';
import { empty } from './runs-view.js';
import { showTrouble, toast } from './shell.js';
import { vendorName } from './story.js';
import { clockTime } from './time.js';

/** `/deliveries/<id>`: what came, byte for byte as far as text can show it, and what was made of it. */
export function startDelivery(main, id) {
  document.title = 'Delivery · Incident Bridge';
  let ask = () => undefined;
  const replay = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await post(`/deliveries/${id}/replay`);
      toast('It is decided again');
    } catch (error) {
      toast(error.message, 'bad');
    }
    button.disabled = false;
    ask();
  };
  const head = createSection('div', { class: 'delivery-head' }, (delivery) => drawHead(delivery, replay));
  const content = createSection('div', { class: 'delivery' }, drawContent);
  const missing = createSection(
    'div',
    {},
    (message) => message && empty('inbox', 'No such delivery', message, h('p', {}, h('a', { href: '/deliveries' }, 'All deliveries'))),
  );
  main.append(h('p', { class: 'crumb' }, h('a', { href: '/deliveries' }, 'Deliveries')), head.element, content.element, missing.element);

  ask = poll(
    async () => {
      const { headers, body, bodyBytes, bodyIsCut, event, ...delivery } = (await get(`/deliveries/${id}`)).body;
      document.title = `${vendorName(delivery.source)} delivery · Incident Bridge`;
      head.update(delivery);
      content.update({ headers, body, bodyBytes, bodyIsCut, event });
    },
    5000,
    (error) => {
      missing.update(error?.status === 404 || error?.status === 400 ? error.message : undefined);
      showTrouble(error?.status === 400 ? undefined : error);
    },
  );
}

function drawHead(delivery, replay) {
  const facts = [
    ['Received', clockTime(delivery.receivedAt)],
    ['Decided', delivery.decidedAt && clockTime(delivery.decidedAt)],
    ['By', delivery.actor && outside(delivery.actor)],
    ['Correlation key', delivery.correlationKey && h('code', {}, outside(delivery.correlationKey))],
    ['Delivery key', h('code', {}, outside(delivery.deliveryKey))],
    ['Event key', delivery.eventKey && h('code', {}, outside(delivery.eventKey))],
    ['Attempts', delivery.attempts > 1 && String(delivery.attempts)],
  ].filter(([, value]) => value);
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
          outcomeChip(delivery.outcome),
          h('span', {}, vendorName(delivery.source)),
          h('span', {}, delivery.door),
        ),
        h('h1', {}, delivery.title ? outside(delivery.title) : describe(delivery)),
      ),
      delivery.canReplay &&
        h(
          'button',
          { type: 'button', class: 'button', 'data-key': 'replay', onclick: (event) => void replay(event) },
          icon('retry'),
          'Replay',
        ),
    ),
    delivery.reason && h('p', { class: 'notice' }, icon('arrow'), outside(delivery.reason)),
    delivery.runs.length > 0 &&
      h(
        'p',
        { class: 'links' },
        delivery.runs.map((run) =>
          h(
            'a',
            { class: 'button link-button', href: `/runs/${run.id}`, 'data-key': run.id },
            icon('play'),
            run.number === undefined ? 'Run' : `Run #${run.number}`,
          ),
        ),
      ),
    h(
      'section',
      { class: 'card' },
      h(
        'dl',
        { class: 'facts facts-wide' },
        facts.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))),
      ),
    ),
  ];
}

function drawContent({ headers, body, bodyBytes, bodyIsCut, event }) {
  const laidOut = pretty(body);
  return [
    h(
      'section',
      { class: 'card' },
      h('h2', {}, 'Body'),
      h(
        'p',
        { class: 'quiet' },
        `${bodyBytes.toLocaleString()} bytes${bodyIsCut ? ', shown in part' : ''}. Secrets are masked; control and direction signs show as \\u escapes.`,
      ),
      bodyBytes === 0 ? h('p', { class: 'quiet' }, 'Empty.') : h('pre', { class: 'body', tabindex: '0' }, laidOut),
      laidOut !== body &&
        h(
          'details',
          { 'data-key': 'raw' },
          h('summary', { 'data-key': 'raw-more' }, 'As it came'),
          h('pre', { class: 'body', tabindex: '0' }, body),
        ),
    ),
    event &&
      h(
        'section',
        { class: 'card' },
        h(
          'details',
          { 'data-key': 'event' },
          h('summary', { 'data-key': 'event-more' }, 'The event that was read from it'),
          h('pre', { class: 'body', tabindex: '0' }, pretty(event)),
        ),
      ),
    headers.length > 0 &&
      h(
        'section',
        { class: 'card' },
        h(
          'details',
          { 'data-key': 'headers' },
          h('summary', { 'data-key': 'headers-more' }, `${headers.length} headers`),
          h(
            'dl',
            { class: 'facts facts-long' },
            headers.map(({ name, value }) => h('div', {}, h('dt', {}, name), h('dd', {}, h('code', {}, value)))),
          ),
        ),
      ),
  ];
}
