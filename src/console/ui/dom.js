/**
 * Builds elements. Text always becomes a text node, so what came from outside can never become markup (SEC14).
 * `props`: class, data-*, aria-*, attributes; `on…` = listener. Children: nodes, strings, nothing; lists are flattened.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== ''));
  return element;
}

/** Outside text: isolated, so that letters running the other way can't rearrange what stands beside it. */
export function outside(text, props = {}) {
  return h('bdi', props, String(text));
}

/** A link to a vendor; plain text where the address isn't one of the web. */
export function externalLink(url, props, ...children) {
  if (!isWebAddress(url)) return h('span', {}, ...children);
  return h('a', { ...props, href: url, target: '_blank', rel: 'noopener noreferrer', title: new URL(url).host }, ...children);
}

export function isWebAddress(url) {
  return typeof url === 'string' && URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}

/**
 * A part of a page that is drawn again only when its data has changed, so that reading, focus and opened details survive the
 * refresh every two seconds. Elements that matter carry a `data-key`.
 */
export function createSection(tag, props, build) {
  const element = h(tag, props);
  let drawn;
  return {
    element,
    update(data) {
      const text = JSON.stringify(data);
      if (text === drawn) return;
      drawn = text;
      const focused = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
      const opened = new Map([...element.querySelectorAll('details[data-key]')].map((details) => [details.dataset.key, details.open]));
      const content = build(data);
      element.replaceChildren(...[content].flat(Infinity).filter(Boolean));
      element.hidden = element.childNodes.length === 0;
      for (const details of element.querySelectorAll('details[data-key]')) {
        if (opened.has(details.dataset.key)) details.open = opened.get(details.dataset.key);
      }
      if (focused) element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    },
  };
}

const PATHS = {
  alert: 'M12 4 3.500 19h17zM12 10v4M12 16.800v.2',
  arrow: 'M5 12h13M13 7l5 5-5 5',
  bell: 'M6 16h12l-1.500-2V10a4.500 4.500 0 0 0-9 0v4zM10.500 19h3',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.200l2.800 1.800',
  cross: 'm6.500 6.500 11 11M17.500 6.500l-11 11',
  dot: 'M12 10.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3z',
  external: 'M9 6H6v12h12v-3M13 5h6v6M19 5l-8 8',
  flag: 'M7 20V5M7 5.500h10l-2.200 3.500L17 12.500H7',
  hand: 'M8 12V6.500a1.400 1.400 0 0 1 2.800 0V11V5a1.400 1.400 0 0 1 2.800 0v6V6.500a1.400 1.400 0 0 1 2.800 0V14a5.600 5.600 0 0 1-10.300 3L4.500 14c-.7-1.300 1-2.500 2-1.400z',
  hash: 'M9.500 5 8 19M16 5l-1.500 14M5 9.500h14M5 14.500h14',
  inbox: 'M4 13.500 6.500 6h11L20 13.500V18H4zM4 13.500h4.500l1.200 2h4.600l1.200-2H20',
  message: 'M5 6h14v9.500h-7.500L8 19v-3.500H5z',
  pause: 'M9 6.500v11M15 6.500v11',
  people:
    'M9 6a2.600 2.600 0 1 0 0 5.200A2.600 2.600 0 0 0 9 6zM4 18c0-2.800 2-4.500 5-4.500s5 1.700 5 4.500M15 6.500a2.400 2.400 0 0 1 0 4.500M16.500 13.800c2.100.5 3.500 2 3.500 4.200',
  phone:
    'M7 4.500h3l1.200 4-1.900 1.400a9.500 9.500 0 0 0 4.800 4.800l1.400-1.900 4 1.200v3A1.800 1.800 0 0 1 17.600 19 13 13 0 0 1 5 6.400 1.800 1.800 0 0 1 7 4.500z',
  play: 'M8.500 6v12l9.500-6z',
  retry: 'M18.500 12A6.500 6.500 0 1 1 16 6.900M16.500 3.500V7.300h-3.800',
  skip: 'm7 6.500 7.500 5.500L7 17.500zM17 6.500v11',
  ticket: 'M4 7h16v3.200a1.900 1.900 0 0 0 0 3.700V17H4v-3.100a1.900 1.900 0 0 0 0-3.700zM13.500 7v2M13.500 11v2M13.500 15v2',
};

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' })) svg.setAttribute(key, value);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name] ?? PATHS.dot);
  svg.append(path);
  return svg;
}
