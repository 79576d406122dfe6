import { element } from './dom.js';

/** The short names that our playbooks and people in a hurry use. */
const emoji = {
  alarm_clock: '⏰',
  arrow_right: '➡️',
  bell: '🔔',
  bug: '🐛',
  calendar: '📅',
  checkered_flag: '🏁',
  clipboard: '📋',
  eyes: '👀',
  exclamation: '❗',
  fire: '🔥',
  fire_engine: '🚒',
  hammer_and_wrench: '🛠️',
  heavy_check_mark: '✔️',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  link: '🔗',
  lock: '🔒',
  mag: '🔍',
  mega: '📣',
  memo: '📝',
  no_entry: '⛔',
  pager: '📟',
  people_holding_hands: '🧑‍🤝‍🧑',
  person_in_tuxedo: '🤵',
  phone: '☎️',
  point_right: '👉',
  question: '❓',
  raised_hand: '✋',
  rocket: '🚀',
  siren: '🚨',
  sos: '🆘',
  speech_balloon: '💬',
  tada: '🎉',
  thumbsup: '👍',
  '+1': '👍',
  ticket: '🎫',
  wave: '👋',
  wrench: '🔧',
  zap: '⚡',
};

/** Signs of state are drawn: they matter most, and not every machine has a font with them. */
const signs = {
  large_blue_circle: ['blue', ''],
  large_green_circle: ['green', ''],
  large_orange_circle: ['orange', ''],
  large_yellow_circle: ['yellow', ''],
  red_circle: ['red', ''],
  rotating_light: ['red box', '!'],
  warning: ['orange box', '!'],
  white_check_mark: ['green box', '✓'],
  information_source: ['blue box', 'i'],
  x: ['red box', '✕'],
};

/** The picture of a short name as a node, or undefined where it isn't known. */
export function findEmoji(name) {
  if (Object.hasOwn(signs, name)) {
    const [look, text] = signs[name];
    return element('span', { class: `sign ${look}`, role: 'img', 'aria-label': name.replaceAll('_', ' ') }, text);
  }
  return Object.hasOwn(emoji, name) ? emoji[name] : undefined;
}
