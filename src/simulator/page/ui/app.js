import { readState } from './api.js';
import { renderChannels, renderHead } from './channels.js';
import { renderComposer, startComposer } from './composer.js';
import { avatar, element, toast } from './dom.js';
import { renderPanels, startPanels } from './panels.js';
import { renderStream } from './stream.js';

/** What the page remembers; everything else is the simulator's. */
const view = {
  me: localStorage.getItem('me') ?? 'alice',
  open: decodeURIComponent(location.hash.slice(1)) || 'incidents',
  state: { users: [], channels: [], posts: [], ephemerals: [], incidents: [], issues: [] },
  /** Channel id -> time of the last post seen in it, by the simulator's clock. */
  seen: undefined,
  dismissed: new Set(),
  /** Post id -> label of the button that is being pressed. */
  busy: new Map(),
  wantsEnd: true,
  userOf: (name) => view.state.users.find((user) => user.username === name) ?? { username: name, name, isBot: false, isOnTeam: false },
  openChannel,
  refresh,
  render,
};

const you = document.getElementById('you');

function openChannel(name) {
  view.open = name;
  view.wantsEnd = true;
  history.replaceState(null, '', `#${encodeURIComponent(name)}`);
  void refresh();
}

let reading = false;
let isStale = false;

/** Never two at once: what changes meanwhile is read in a second round. */
async function refresh() {
  if (reading) {
    isStale = true;
    return;
  }
  reading = true;
  try {
    do {
      isStale = false;
      const asked = view.open;
      const state = await readState(asked);
      if (asked === view.open) view.state = state;
      else isStale = true;
    } while (isStale);
    render();
  } catch {
    // The event stream tells when the simulator is back.
  } finally {
    reading = false;
  }
}

function render() {
  const { users, channels } = view.state;
  view.channel = channels.find((channel) => channel.name === view.open);
  view.channelSignature = channels.map((channel) => channel.displayName).join();
  view.words = {
    me: view.me,
    users: new Set(users.map((user) => user.username)),
    channels: new Map(channels.map((channel) => [channel.name, channel])),
    openChannel,
  };
  // What was there before the page was opened is old news.
  view.seen ??= new Map(channels.map((channel) => [channel.id, channel.lastPostAt]));
  if (view.channel) view.seen.set(view.channel.id, view.channel.lastPostAt);
  renderYou(users.filter((user) => !user.isBot));
  renderChannels(view);
  renderHead(view);
  renderStream(view);
  renderComposer(view);
  renderPanels(view);
}

function renderYou(people) {
  if (people.length > 0 && !people.some((user) => user.username === view.me)) view.me = people[0].username;
  if (you.options.length !== people.length) {
    you.replaceChildren(...people.map((user) => element('option', { value: user.username }, user.username)));
  }
  you.value = view.me;
  const face = avatar(view.userOf(view.me), view.userOf(view.me).name);
  face.id = 'you-avatar';
  document.getElementById('you-avatar').replaceWith(face);
}

you.addEventListener('change', () => {
  view.me = you.value;
  localStorage.setItem('me', view.me);
  render();
});

document.querySelector('.tabs').addEventListener('click', (event) => {
  const pane = event.target.closest('button')?.dataset.pane;
  if (!pane) return;
  document.querySelector('.layout').dataset.pane = pane;
  for (const button of document.querySelectorAll('.tabs button')) button.setAttribute('aria-pressed', String(button.dataset.pane === pane));
});

window.addEventListener('hashchange', () => openChannel(decodeURIComponent(location.hash.slice(1)) || 'incidents'));

startComposer(view);
startPanels(view);
await refresh();

const events = new EventSource('/sim/api/events');
let wasLost = false;
events.addEventListener('changed', () => void refresh());
events.addEventListener('open', () => {
  if (wasLost) toast('Connected again.');
  wasLost = false;
  void refresh();
});
events.addEventListener('error', () => {
  if (!wasLost) toast('The simulator does not answer; trying again.', true);
  wasLost = true;
});
