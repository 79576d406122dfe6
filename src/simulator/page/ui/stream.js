import { send } from './api.js';
import { avatar, element, formatTime, toast, updateChildren } from './dom.js';
import { markdown } from './markdown.js';

/** The posts of the open channel and the private messages among them, oldest first. */
export function renderStream(view) {
  const stream = document.getElementById('stream');
  const isAtEnd = stream.scrollHeight - stream.scrollTop - stream.clientHeight < 60 || view.wantsEnd;
  const rows = toRows(view);
  updateChildren(stream, rows, {
    keyOf: (row) => row.key,
    signatureOf: (row) => JSON.stringify([row, view.me, row.post ? view.busy.get(row.post.id) : '', view.channelSignature]),
    render: (row) =>
      row.day ? element('div', { class: 'day' }, row.day) : row.ephemeral ? ephemeralOf(view, row.ephemeral) : postOf(view, row),
  });
  if (isAtEnd) stream.scrollTop = stream.scrollHeight;
  view.wantsEnd = false;
}

const pause = 5 * 60_000;

function toRows(view) {
  const shown = [
    ...view.state.posts.map((post) => ({ at: post.createAt, key: post.id, post })),
    ...view.state.ephemerals
      .filter((one) => one.user === view.me && !view.dismissed.has(one.id))
      .map((one) => ({ at: one.at, key: one.id, ephemeral: one })),
  ].sort((a, b) => a.at - b.at);
  const rows = [];
  let day;
  let last;
  for (const row of shown) {
    const rowDay = new Date(row.at).toDateString();
    if (rowDay !== day)
      rows.push({
        key: rowDay,
        day: rowDay === new Date().toDateString() ? 'Today' : new Date(row.at).toLocaleDateString([], { dateStyle: 'long' }),
      });
    const follows =
      rowDay === day &&
      row.post &&
      last?.post &&
      !row.post.type &&
      !last.post.type &&
      last.post.username === row.post.username &&
      row.at - last.at < pause;
    rows.push({ ...row, follows });
    day = rowDay;
    last = row;
  }
  return rows;
}

function postOf(view, { post, follows }) {
  if (post.type.startsWith('system_')) {
    return element('div', { class: 'post system' }, element('div', { class: 'post-body' }, markdown(post.message, view.words)));
  }
  const user = view.userOf(post.username);
  return element(
    'article',
    { class: follows ? 'post follows' : 'post' },
    avatar(user, user.name),
    element(
      'div',
      { class: 'post-body' },
      element(
        'div',
        { class: 'post-head' },
        element('b', {}, post.username),
        post.isBot ? element('span', { class: 'tag' }, 'BOT') : '',
        element('time', { class: 'post-time', datetime: new Date(post.createAt).toISOString() }, formatTime(post.createAt)),
        post.isPinned ? element('span', { class: 'tag' }, 'PINNED') : '',
      ),
      post.message ? markdown(post.message, view.words) : '',
      ...post.attachments.map((attachment) => attachmentOf(view, post, attachment)),
    ),
  );
}

function attachmentOf(view, post, attachment) {
  const title = attachment.titleLink.startsWith('http')
    ? element('a', { href: attachment.titleLink, target: '_blank', rel: 'noreferrer noopener' }, attachment.title)
    : attachment.title;
  const fields = attachment.fields.map((field) =>
    element(
      'div',
      { class: field.short ? 'attachment-field' : 'attachment-field long' },
      element('b', {}, field.title),
      markdown(field.value, view.words),
    ),
  );
  const parts = [
    attachment.title ? element('div', { class: 'attachment-title' }, title) : '',
    attachment.text ? markdown(attachment.text, view.words) : '',
    fields.length > 0 ? element('div', { class: 'attachment-fields' }, ...fields) : '',
    attachment.actions.length > 0
      ? element('div', { class: 'attachment-actions' }, ...attachment.actions.map((action) => actionOf(view, post, action)))
      : '',
    attachment.footer ? element('div', { class: 'attachment-footer' }, attachment.footer) : '',
  ].filter((part) => part !== '');
  return element(
    'div',
    { class: 'attachment' },
    attachment.pretext ? markdown(attachment.pretext, view.words) : '',
    parts.length > 0 ? element('div', { class: 'attachment-card', style: barOf(attachment.color) }, ...parts) : '',
  );
}

const namedColors = { good: '#23835a', warning: '#d9930d', danger: '#c8354a' };

/** Only real colours get into a style. */
function barOf(color) {
  const bar = Object.hasOwn(namedColors, color) ? namedColors[color] : color;
  return /^#[0-9a-f]{3,8}$/i.test(bar) ? { '--bar': bar } : {};
}

const styles = { primary: 'primary', danger: 'danger', good: 'good', success: 'good', warning: 'danger' };

function actionOf(view, post, action) {
  const isBusy = view.busy.get(post.id) === action.label;
  return element(
    'button',
    {
      type: 'button',
      class: `button ${styles[action.style] ?? ''}`,
      disabled: !action.isLive || view.busy.has(post.id),
      'aria-busy': isBusy ? 'true' : undefined,
      title: action.isLive ? undefined : 'This button has lost its integration',
      on: { click: () => press(view, post, action) },
    },
    action.label,
  );
}

async function press(view, post, action) {
  view.busy.set(post.id, action.label);
  view.render();
  const result = await send('/click', { user: view.me, postId: post.id, label: action.label });
  view.busy.delete(post.id);
  if (result && result.status !== 200) toast(`${result.body.message} (${result.status} ${result.body.id})`, true);
  await view.refresh();
}

function ephemeralOf(view, ephemeral) {
  const bot = view.state.users.find((user) => user.isBot);
  const dismiss = () => {
    view.dismissed.add(ephemeral.id);
    view.render();
  };
  return element(
    'article',
    { class: 'post ephemeral' },
    avatar(bot, bot?.name),
    element(
      'div',
      { class: 'post-body' },
      element(
        'div',
        { class: 'post-head' },
        element('b', {}, bot?.username ?? 'System'),
        element('span', { class: 'only-you' }, 'Only visible to you'),
        element('time', { class: 'post-time' }, formatTime(ephemeral.at)),
        element('button', { type: 'button', class: 'channel-link post-time', on: { click: dismiss } }, 'Dismiss'),
      ),
      markdown(ephemeral.text, view.words),
    ),
  );
}
