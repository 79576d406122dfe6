/** Makes an element. Text always goes in as text, so nothing that a vendor sends can become markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key === 'on') for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (key === 'style') for (const [property, text] of Object.entries(value)) made.style.setProperty(property, text);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ''));
  return made;
}

/**
 * Brings a container's children in line with `items`, touching only what changed: a button that somebody is about to press
 * must not vanish under the pointer, and the focus must not get lost.
 */
export function updateChildren(container, items, { keyOf, signatureOf, render }) {
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let at = container.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const signature = signatureOf(item);
    let child = old.get(key);
    old.delete(key);
    if (!child || child.dataset.signature !== signature) {
      const fresh = render(item);
      fresh.dataset.key = key;
      fresh.dataset.signature = signature;
      if (child) {
        if (at === child) at = fresh;
        moveFocus(child, fresh);
        child.replaceWith(fresh);
      }
      child = fresh;
    }
    if (at === child) at = child.nextElementSibling;
    else container.insertBefore(child, at);
  }
  for (const gone of old.values()) gone.remove();
}

function moveFocus(from, to) {
  if (!from.contains(document.activeElement)) return;
  const label = document.activeElement.textContent;
  requestAnimationFrame(() => [...to.querySelectorAll('button')].find((button) => button.textContent === label)?.focus());
}

/** The people's colours: the same name always has the same. */
export function avatar(user, name) {
  const letters = (name || user?.username || '?').replace(/[^\p{L}\p{N} .-]/gu, '');
  const [first = '?', second = ''] = letters.split(/[ .-]+/);
  const hue = [...(user?.username ?? name ?? '')].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  return element(
    'span',
    { class: user?.isBot ? 'avatar bot' : 'avatar', 'aria-hidden': 'true', style: { '--hue': String(hue) } },
    `${first.charAt(0)}${second.charAt(0)}`.toUpperCase(),
  );
}

export function formatTime(at) {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

export function toast(text, isBad = false) {
  const shown = element('div', { class: isBad ? 'toast bad' : 'toast' }, text);
  document.getElementById('toasts').append(shown);
  setTimeout(() => shown.remove(), 6000);
}
