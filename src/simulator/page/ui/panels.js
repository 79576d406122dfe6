import { send } from './api.js';
import { element, formatTime, updateChildren } from './dom.js';

const chips = { triggered: ['red', 'Triggered'], acknowledged: ['amber', 'Acknowledged'], resolved: ['green', 'Resolved'] };
const suggestions = [
  'Checkout answers with 502',
  'Search is slow for everybody',
  'Payments queue is not drained',
  'Disk almost full on db-primary',
  'Login page does not load',
];

const actor = document.getElementById('pagerduty-user');
const form = document.getElementById('trigger');
const title = document.getElementById('trigger-title');
const urgency = document.getElementById('trigger-urgency');

export function startPanels(view) {
  let next = 0;
  title.placeholder = suggestions[0];
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const answer = await send('/incidents', { title: title.value.trim() || title.placeholder, urgency: urgency.value });
    if (!answer) return;
    next = (next + 1) % suggestions.length;
    title.value = '';
    title.placeholder = suggestions[next];
    await view.refresh();
  });
}

export function renderPanels(view) {
  const { users, incidents, issues } = view.state;
  const people = users.filter((user) => !user.isBot && user.isOnTeam);
  if (actor.options.length !== people.length) {
    actor.replaceChildren(...people.map((user) => element('option', { value: user.email, selected: user.username === 'maya' }, user.name)));
  }
  const open = (incident) => (incident.status === 'resolved' ? 1 : 0);
  renderCards(
    document.getElementById('incidents'),
    incidents.toSorted((a, b) => open(a) - open(b)),
    (incident) => incident.id,
    (incident) => incidentCard(view, incident),
    'No incidents. Trigger one, and watch the chat.',
  );
  renderCards(document.getElementById('issues'), issues, (issue) => issue.key, issueCard, 'No issues yet.');
  document.getElementById('jira-count').textContent =
    issues.length > 0 ? `${issues.length} ${issues.length === 1 ? 'issue' : 'issues'}` : '';
}

function renderCards(list, items, keyOf, render, emptyText) {
  const rows = items.length > 0 ? items : [{ isEmpty: true }];
  updateChildren(list, rows, {
    keyOf: (item) => (item.isEmpty ? 'empty' : keyOf(item)),
    signatureOf: (item) => JSON.stringify(item),
    render: (item) => (item.isEmpty ? element('li', { class: 'empty' }, emptyText) : render(item)),
  });
}

function incidentCard(view, incident) {
  const [color, word] = chips[incident.status];
  const change = (verb) => async () => {
    await send(`/incidents/${encodeURIComponent(incident.id)}/${verb}`, { email: actor.value });
    await view.refresh();
  };
  const isOver = incident.status === 'resolved';
  return element(
    'li',
    { class: isOver ? 'card over' : 'card' },
    element(
      'div',
      { class: 'card-top' },
      element(
        'a',
        { href: `/pagerduty/incidents/${encodeURIComponent(incident.id)}`, target: '_blank', rel: 'noreferrer' },
        `#${incident.number}`,
      ),
      element('span', {}, incident.urgency === 'high' ? 'High urgency' : 'Low urgency'),
      element('span', { class: `chip ${color} push` }, word),
    ),
    element('div', { class: 'card-title' }, incident.title),
    element(
      'div',
      { class: 'card-note' },
      `${word} ${formatTime(incident.changedAt)}${incident.changedBy ? ` by ${incident.changedBy}` : ''}`,
    ),
    isOver
      ? ''
      : element(
          'div',
          { class: 'card-actions' },
          incident.status === 'triggered'
            ? element('button', { type: 'button', class: 'button small', on: { click: change('acknowledge') } }, 'Acknowledge')
            : '',
          element('button', { type: 'button', class: 'button small', on: { click: change('resolve') } }, 'Resolve'),
        ),
  );
}

/** Jira's colours are by category; here the name must do. */
function colorOf(status) {
  if (/done|closed|resolved/i.test(status)) return 'green';
  return /progress|review/i.test(status) ? 'amber' : 'blue';
}

function issueCard(issue) {
  const color = colorOf(issue.status);
  return element(
    'li',
    { class: color === 'green' ? 'card over' : 'card' },
    element(
      'div',
      { class: 'card-top' },
      element('a', { href: `/jira/browse/${encodeURIComponent(issue.key)}`, target: '_blank', rel: 'noreferrer' }, issue.key),
      element('span', { class: `chip ${color} push` }, issue.status),
    ),
    element('div', { class: 'card-title' }, issue.summary),
    issue.comments.length > 0
      ? element('div', { class: 'card-note' }, `${issue.comments.length} ${issue.comments.length === 1 ? 'comment' : 'comments'}`)
      : '',
  );
}
