import { get, poll, post } from './api.js';
import { createSection, externalLink, h, icon } from './dom.js';

/** What stands around every view: navigation, trouble, how the bridge runs. */
export async function startShell(view) {
  document.querySelector(`[data-nav="${view}"]`)?.setAttribute('aria-current', 'page');
  const topRight = createSection('div', { class: 'top-right' }, drawTopRight);
  const foot = createSection('div', { class: 'foot-inner' }, drawFoot);
  const vendors = createSection('div', {}, drawVendorTrouble);
  document.querySelector('#top-right').replaceWith(topRight.element);
  document.querySelector('#foot').append(foot.element);
  document.querySelector('#banners').append(connectionBanner.element, vendors.element);
  connectionBanner.update(undefined);

  const { body: me } = await get('/me');
  const refresh = async () => {
    const { body: status } = await get('/status');
    topRight.update({ me, simulatedChatUrl: status.simulatedChatUrl });
    foot.update(status);
    vendors.update(status.connectors);
  };
  poll(refresh, 10_000, () => undefined);
}

const connectionBanner = createSection(
  'div',
  {},
  (message) =>
    message &&
    h('p', { class: 'notice notice-bad' }, icon('alert'), h('span', {}, h('strong', {}, 'No answer from the bridge. '), message)),
);

/** Told by the views' polls. What is on the page stays, since old news is better than none. */
export function showTrouble(error) {
  if (error?.status === 404) return;
  connectionBanner.update(error && `What you see may be old. Trying again by itself. (${error.message})`);
}

/** A short message at the bottom; read aloud. */
export function toast(text, tone = 'good') {
  const element = h('p', { class: `toast toast-${tone}` }, icon(tone === 'good' ? 'check' : 'alert'), text);
  document.querySelector('#toasts').append(element);
  setTimeout(() => element.remove(), tone === 'good' ? 5000 : 10_000);
}

/** For screen readers only. */
export function announce(text) {
  document.querySelector('#announcer').textContent = text;
}

function drawTopRight({ me, simulatedChatUrl }) {
  return [
    simulatedChatUrl && externalLink(simulatedChatUrl, { class: 'top-link', 'data-key': 'chat' }, 'Simulated chat', icon('external')),
    h(
      'details',
      { class: 'menu', 'data-key': 'menu' },
      h(
        'summary',
        { 'data-key': 'menu-button' },
        h('span', { class: 'avatar', 'aria-hidden': 'true' }, me.username.slice(0, 1).toUpperCase()),
        h('span', { class: 'menu-name' }, me.username),
      ),
      h(
        'div',
        { class: 'menu-items' },
        h('button', { type: 'button', onclick: () => logOut(false) }, 'Log out'),
        h('button', { type: 'button', onclick: () => logOut(true) }, 'Log out everywhere'),
      ),
    ),
  ];
}

async function logOut(everywhere) {
  await post('/logout', { everywhere }).catch(() => undefined);
  location.assign('/login');
}

function drawVendorTrouble(connectors) {
  return connectors.flatMap(({ label, connection }) => {
    if (connection.pausedBecause) {
      return h(
        'p',
        { class: 'notice notice-warn' },
        icon('alert'),
        h(
          'span',
          {},
          h('strong', {}, `${label} refuses our credentials. `),
          connection.pausedBecause,
          ' Nothing is lost: calls wait and go on when it is mended.',
        ),
      );
    }
    if (connection.circuit === 'closed') return [];
    return h(
      'p',
      { class: 'notice notice-warn' },
      icon('clock'),
      h('span', {}, h('strong', {}, `${label} isn’t answering. `), 'Nothing is lost: calls wait and are tried again by themselves.'),
    );
  });
}

const MODES = { embedded: 'Embedded', server: 'Server', scaled: 'Scaled' };

function drawFoot(status) {
  return [
    h(
      'p',
      { class: 'foot-line' },
      h(
        'span',
        {},
        [`${MODES[status.mode] ?? status.mode} mode`, status.database, status.version && `version ${status.version}`]
          .filter(Boolean)
          .join(' · '),
      ),
      status.connectors.map(({ label, connection }) => {
        const [tone, word] = stateOf(connection);
        return h(
          'span',
          { class: 'foot-vendor' },
          h('span', { class: `light light-${tone}`, 'aria-hidden': 'true' }),
          label,
          h('span', { class: tone === 'good' ? 'visually-hidden' : '' }, word),
        );
      }),
    ),
    status.warnings.length > 0 &&
      h(
        'details',
        { 'data-key': 'notes' },
        h(
          'summary',
          { 'data-key': 'notes-button' },
          status.warnings.length === 1 ? '1 note for the administrator' : `${status.warnings.length} notes for the administrator`,
        ),
        h(
          'ul',
          {},
          status.warnings.map((warning) => h('li', {}, warning)),
        ),
      ),
  ];
}

function stateOf({ pausedBecause, circuit }) {
  if (pausedBecause) return ['bad', 'credentials refused'];
  if (circuit === 'closed') return ['good', 'reachable'];
  return ['warn', circuit === 'open' ? 'not answering' : 'being tried'];
}
