import { h, icon } from './dom.js';

/** States in words, each with a sign of its own: colour alone tells nothing to many, and to nobody at 3 a.m. */
const RUN_STATES = {
  running: ['Running', 'accent', 'play'],
  parked: ['Needs you', 'warn', 'pause'],
  finishing: ['Finishing', 'accent', 'clock'],
  finished: ['Finished', 'good', 'check'],
  failed: ['Failed', 'bad', 'cross'],
  cancelled: ['Cancelled', 'quiet', 'cross'],
};

const OUTCOMES = {
  waiting: ['Waiting', 'accent', 'clock'],
  started: ['Started a run', 'good', 'play'],
  signalled: ['Told a run', 'good', 'bell'],
  echo: ['Our own echo', 'quiet', 'retry'],
  ignored: ['Ignored', 'quiet', 'skip'],
  unreadable: ['Unreadable', 'warn', 'alert'],
  refused: ['Refused', 'warn', 'cross'],
  dead: ['Given up', 'bad', 'cross'],
};

const EFFECTS = {
  intended: ['In flight', 'accent', 'clock'],
  refused: ['Will be retried', 'warn', 'retry'],
  done: ['Done', 'good', 'check'],
  failed: ['Failed', 'bad', 'cross'],
  skipped: ['Skipped', 'quiet', 'skip'],
};

const chip = (table, state) => {
  const [word, tone, sign] = table[state] ?? [state, 'quiet', 'dot'];
  return h('span', { class: `chip chip-${tone}` }, icon(sign), word);
};

export const runChip = (state) => chip(RUN_STATES, state);
export const outcomeChip = (outcome) => chip(OUTCOMES, outcome);
export const effectChip = (state) => chip(EFFECTS, state);
export const runStateWord = (state) => RUN_STATES[state]?.[0] ?? state;
export const OUTCOME_FILTERS = Object.entries(OUTCOMES).map(([key, [word]]) => [key, word]);
