/**
 * A timeline entry as a sentence: `{ icon, tone, parts, detail? }`. Parts are plain strings, `{ strong }` or `{ link, url }`; what
 * came from outside stays data until it becomes a text node. No DOM here, so that it can be tested alone.
 */
export function tell(entry) {
  return (TELLERS[entry.kind] ?? tellUnknown)(entry);
}

const strong = (text) => ({ strong: text });
const link = (text, url) => (url ? { link: text, url } : strong(text));

const TELLERS = {
  run_started: ({ playbook, number, title }) => ({
    icon: 'play',
    tone: 'accent',
    parts: ['Run ', strong(`#${number}`), ' of ', strong(playbook), ' started: ', strong(title || 'no title')],
  }),

  step_entered({ step, by, cause, marks }) {
    const parts = STEP_CAUSES[cause]?.(step, by) ?? ['Step ', strong(step)];
    const done =
      marks === 'acknowledged'
        ? ['. The incident counts as ', strong('acknowledged'), '.']
        : marks === 'resolved'
          ? ['. The incident counts as ', strong('resolved'), '.']
          : [];
    return {
      icon: marks === 'resolved' ? 'check' : 'flag',
      tone: marks === 'resolved' ? 'good' : marks === 'acknowledged' ? 'accent' : 'plain',
      isStep: true,
      parts: [...parts, ...done],
    };
  },

  action_done({ action, type, output, reconciled }) {
    const told = ACTIONS[type]?.(output, action) ?? { icon: 'check', parts: [strong(action), ' done'] };
    const found = reconciled ? 'It was found already done after an interruption, so it was not done twice.' : undefined;
    return { tone: 'plain', ...told, detail: [told.detail, found].filter(Boolean).join(' ') || undefined };
  },

  action_retrying: ({ action, type, error, attempts, dueAt }) => ({
    icon: 'retry',
    tone: 'warn',
    parts: [
      strong(action),
      ` (${inWords(type)}) didn’t work`,
      attempts > 1 ? ` for the ${ordinal(attempts)} time` : '',
      '; it will be tried again',
    ],
    detail: error,
    dueAt,
  }),

  action_failed: ({ action, type, error }) => ({
    icon: 'cross',
    tone: 'bad',
    parts: [strong(action), ` (${inWords(type)}) `, strong('failed')],
    detail: error,
  }),

  action_skipped: ({ action, type, reason }) => ({
    icon: 'skip',
    tone: 'quiet',
    parts: [strong(action), ` (${inWords(type)}) was skipped: ${reason}`],
  }),

  signal_taken({ signal, by, to }) {
    const label = pressed(signal);
    if (label !== undefined)
      return { icon: 'hand', tone: 'accent', parts: [strong(by), ' pressed ', strong(label), ', which leads to ', strong(to)] };
    return { icon: 'bell', tone: 'accent', parts: [strong(inWords(signal)), ...actedBy(signal, by), ', which leads to ', strong(to)] };
  },

  signal_noted({ signal, by, reason }) {
    const label = pressed(signal);
    if (signal === 'if')
      return { icon: 'alert', tone: 'warn', parts: ['The playbook has a condition that can’t be judged'], detail: reason };
    const what = label === undefined ? [strong(inWords(signal)), ...actedBy(signal, by)] : [strong(by), ' pressed ', strong(label)];
    return { icon: label === undefined ? 'bell' : 'hand', tone: 'quiet', parts: [...what, '; nothing changed'], detail: reason };
  },

  parked: ({ reason, action }) => ({
    icon: 'pause',
    tone: 'warn',
    parts: ['The run waits for a person', ...(action ? [': ', strong(action), ' could not be done'] : [])],
    detail: reason,
  }),

  operator: ({ operation, by, action }) => ({
    icon: 'hand',
    tone: operation === 'cancel' ? 'bad' : 'accent',
    parts: [strong(by), OPERATIONS[operation] ?? ` asked for ${operation}`, ...(action ? [' ', strong(action)] : [])],
  }),

  run_ended: ({ state, reason }) => ({
    icon: state === 'finished' ? 'check' : 'cross',
    tone: state === 'finished' ? 'good' : state === 'failed' ? 'bad' : 'quiet',
    parts: ['The run ', strong(ENDS[state] ?? state)],
    detail: state === 'finished' ? undefined : reason,
  }),
};

const ENDS = { finished: 'is finished', failed: 'was given up', cancelled: 'was cancelled' };
const OPERATIONS = { retry: ' asked to try again', skip: ' chose to skip', cancel: ' cancelled the run' };

const STEP_CAUSES = {
  start: (step) => ['It began with step ', strong(step)],
  timeout: (step) => ['Nobody reacted in time: step ', strong(step)],
  error: (step) => ['Because of the failure: step ', strong(step)],
  operator: (step, by) => [strong(by), ' moved it to step ', strong(step)],
};

const ACTIONS = {
  create_channel: (output) => ({
    icon: 'hash',
    parts: ['Opened the channel ', link(text(output.DisplayName) || text(output.ChannelName) || 'channel', text(output.URL))],
  }),
  archive_channel: () => ({ icon: 'hash', parts: ['Archived the channel'] }),
  set_channel_header: () => ({ icon: 'hash', parts: ['Set the channel’s header'] }),
  add_users_channel(output) {
    const added = list(output.Added);
    const unknown = list(output.Unknown);
    return {
      icon: 'people',
      parts: added.length > 0 ? ['Added ', strong(added.join(', ')), ' to the channel'] : ['There was nobody to add to the channel'],
      detail: unknown.length > 0 ? `Not found: ${unknown.join(', ')}` : undefined,
    };
  },
  find_on_call: (output) => ({ icon: 'phone', parts: ['On call: ', strong(text(output.Names) || 'nobody')] }),
  create_issue: (output) => ({ icon: 'ticket', parts: ['Opened the issue ', link(text(output.Key) || 'issue', text(output.URL))] }),
  transition_issue: (output) => ({ icon: 'ticket', parts: ['Moved the issue to ', strong(text(output.Status) || 'its next status')] }),
  post: (output, action) => ({
    icon: 'message',
    parts: ['Posted ', link(action, text(output.URL)), ...(output.ChannelName ? [' in ', strong(`~${text(output.ChannelName)}`)] : [])],
  }),
  update_post: (_output, action) => ({ icon: 'message', parts: ['Updated the post (', strong(action), ')'] }),
  acknowledge_incident: (output) => tellWish(output, 'acknowledged'),
  resolve_incident: (output) => tellWish(output, 'resolved'),
  transition_to: () => ({ icon: 'arrow', tone: 'quiet', parts: ['The playbook goes on to its next step'] }),
  finished_workflow: () => ({ icon: 'flag', tone: 'quiet', parts: ['The playbook reached its end'] }),
};

function tellWish(output, wish) {
  const status = text(output.Status ?? output.status) || wish;
  if ((output.Changed ?? output.changed) === false)
    return { icon: 'phone', parts: ['The incident was already ', strong(status), ' at the pager'] };
  return { icon: 'phone', parts: ['The pager has the incident as ', strong(status)] };
}

function tellUnknown({ name, kind }) {
  return { icon: 'dot', tone: 'quiet', parts: [inWords(name ?? kind)] };
}

/** The label of a button, where a click is what is told. */
function pressed(signal) {
  return signal.startsWith('button ') ? signal.slice('button '.length) : undefined;
}

/** "PagerDuty acknowledged" needs no "by PagerDuty". */
function actedBy(signal, by) {
  return !by || signal.toLowerCase().startsWith(by.toLowerCase()) ? [] : [' by ', strong(by)];
}

const VENDORS = {
  pagerduty: 'PagerDuty',
  mattermost: 'Mattermost',
  jira: 'Jira',
  slack: 'Slack',
  trello: 'Trello',
  nagios: 'Nagios',
  alertmanager: 'Alertmanager',
};

export function vendorName(id) {
  return VENDORS[id] ?? id;
}

/** `create_channel` -> "create channel"; `pagerduty acknowledged` -> "PagerDuty: acknowledged". */
export function inWords(name) {
  const [head, ...rest] = String(name).split(' ');
  const words = (part) => part.replaceAll('_', ' ');
  return VENDORS[head] && rest.length > 0 ? `${VENDORS[head]}: ${words(rest.join(' '))}` : words(String(name));
}

export function ordinal(number) {
  const tens = number % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[number % 10] ?? 'th');
  return `${number}${ending}`;
}

function text(value) {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function list(value) {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
