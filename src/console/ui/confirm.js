import { h } from './dom.js';

/** Asks before something that can't be undone. Resolves to false on Escape, on a click beside it and on the safe button. */
export function confirmFirst({ title, text, yes, no }) {
  return new Promise((resolve) => {
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text' },
      h(
        'form',
        { method: 'dialog' },
        h('h2', { id: 'dialog-title' }, title),
        h('p', { id: 'dialog-text' }, text),
        h(
          'div',
          { class: 'dialog-buttons' },
          h('button', { value: 'no', class: 'button', autofocus: true }, no),
          h('button', { value: 'yes', class: 'button button-danger' }, yes),
        ),
      ),
    );
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close('no'));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
