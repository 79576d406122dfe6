import { send } from './api.js';
import { element } from './dom.js';

const form = document.getElementById('composer');
const text = document.getElementById('composer-text');
const note = document.getElementById('composer-note');
const button = form.querySelector('.send');

export function startComposer(view) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const message = text.value.trim();
    if (message === '') return;
    const sent = await send('/post', { user: view.me, channel: view.open, text: message });
    if (!sent) return;
    text.value = '';
    view.wantsEnd = true;
    fit();
    await view.refresh();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener('input', fit);
  fit();
}

function fit() {
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight}px`;
  button.disabled = text.value.trim() === '';
}

/** Where one can't write, it says why; a public channel can be joined. */
export function renderComposer(view) {
  const { channel } = view;
  const canWrite = channel && !channel.isArchived && channel.members.includes(view.me);
  text.hidden = !canWrite;
  button.hidden = !canWrite;
  note.hidden = canWrite;
  text.placeholder = channel ? `Write to ~${channel.name} as ${view.me}` : '';
  const key = JSON.stringify([channel?.id, channel?.isArchived, view.me, canWrite]);
  if (note.dataset.key === key) return;
  note.dataset.key = key;
  if (!channel) note.replaceChildren('Choose a channel.');
  else if (channel.isArchived) note.replaceChildren('This channel is archived: it can be read, but nobody can write here.');
  else if (channel.type === 'O' && view.userOf(view.me).isOnTeam)
    note.replaceChildren(`${view.me} is not in this channel.`, joinButton(view));
  else note.replaceChildren(`${view.me} is not in this channel and cannot join it.`);
}

function joinButton(view) {
  const join = async () => {
    await send('/join', { user: view.me, channel: view.open });
    await view.refresh();
    text.focus();
  };
  return element('button', { type: 'button', class: 'button small', on: { click: join } }, 'Join');
}
