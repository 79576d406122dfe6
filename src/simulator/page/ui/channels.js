import { avatar, element, updateChildren } from './dom.js';
import { inline } from './markdown.js';

const standing = ['incidents', 'town-square', 'off-topic'];

/** The list on the left: standing channels, incidents newest first, archived ones at the end. */
export function renderChannels(view) {
  const { state, open } = view;
  const byAge = state.channels.toSorted((a, b) => b.createAt - a.createAt);
  const groups = [
    ['Channels', standing.flatMap((name) => state.channels.filter((one) => one.name === name && !one.isArchived))],
    ['Incidents', byAge.filter((one) => !standing.includes(one.name) && !one.isArchived)],
    ['Archived', byAge.filter((one) => one.isArchived)],
  ];
  const rows = groups.flatMap(([title, channels]) => (channels.length > 0 ? [{ title }, ...channels.map((channel) => ({ channel }))] : []));
  updateChildren(document.getElementById('channel-list'), rows, {
    keyOf: (row) => row.channel?.id ?? row.title,
    signatureOf: (row) =>
      row.channel
        ? JSON.stringify([row.channel.displayName, row.channel.isArchived, row.channel.name === open, isUnread(view, row.channel)])
        : '',
    render: (row) => (row.channel ? channelRow(view, row.channel) : element('p', { class: 'channel-group' }, row.title)),
  });
}

function isUnread(view, channel) {
  return channel.name !== view.open && !channel.isArchived && channel.lastPostAt > (view.seen.get(channel.id) ?? 0);
}

function channelRow(view, channel) {
  const unread = isUnread(view, channel);
  const sign = channel.isArchived ? '▫' : channel.type === 'P' ? '🔒' : '#';
  return element(
    'button',
    {
      type: 'button',
      class: ['channel', channel.isArchived && 'archived', unread && 'unread'].filter(Boolean).join(' '),
      'aria-current': channel.name === view.open ? 'true' : undefined,
      title: channel.isArchived ? `${channel.displayName} (archived)` : channel.displayName,
      on: { click: () => view.openChannel(channel.name) },
    },
    element('span', { class: 'channel-sign', 'aria-hidden': 'true' }, sign),
    element('span', { class: 'channel-name' }, channel.displayName || channel.name),
    unread ? element('span', { class: 'unread-dot', role: 'img', 'aria-label': 'unread' }) : '',
  );
}

/** Name, header with its links, members. */
export function renderHead(view) {
  const head = document.getElementById('channel-head');
  const { channel } = view;
  updateChildren(head, channel ? [channel] : [], {
    keyOf: (one) => one.id,
    signatureOf: (one) => JSON.stringify([one.displayName, one.header, one.purpose, one.isArchived, one.members]),
    render: (one) => headOf(view, one),
  });
}

function headOf(view, channel) {
  const people = channel.members.map((name) => view.userOf(name));
  const isOpen = document.querySelector('.members')?.open ?? false;
  const faces = people.slice(0, 5).map((user) => avatar(user, user.name));
  const list = people.map((user) =>
    element('li', {}, avatar(user, user.name), element('span', {}, user.name), user.isBot ? element('span', { class: 'tag' }, 'BOT') : ''),
  );
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'channel-title' },
      element('h1', {}, channel.displayName || channel.name),
      channel.type === 'P' ? element('span', { class: 'tag' }, 'PRIVATE') : '',
      channel.isArchived ? element('span', { class: 'tag' }, 'ARCHIVED') : '',
      element(
        'details',
        { class: 'members', open: isOpen },
        element(
          'summary',
          { 'aria-label': `${people.length} members` },
          element('span', { class: 'faces', 'aria-hidden': 'true' }, ...faces),
          element('span', {}, String(people.length)),
        ),
        element('ul', { class: 'members-list' }, ...list),
      ),
    ),
    element(
      'p',
      { class: 'header-text' },
      ...inline(channel.header || channel.purpose || `~${channel.name}`, { ...view.words, channels: new Map() }),
    ),
  );
}
