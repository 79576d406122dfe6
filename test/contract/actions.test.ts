import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { actions } from '../../src/actions/index.ts';
import type { ActionDefinition } from '../../src/core/action.ts';
import { ConfigError, InDoubtError, PermanentError, RetryableError } from '../../src/core/errors.ts';
import { LeaseLost } from '../../src/engine/journal.ts';
import { loadPlaybooks } from '../../src/engine/load-playbook.ts';
import { playbookText, registry } from '../engine/make-run.ts';
import { makeContext, type ContextOptions } from './action-context.ts';

/** Inputs as they come out of the templates, one for each action: the battery is run with it. */
const INPUTS: Readonly<Record<string, Record<string, unknown>>> = {
  create_channel: { channel_name: 'inc-7', channel_displayname: 'INC 7: Disk full' },
  set_channel_header: { channel_name: 'inc-7', header: '[PD](https://pd.example)' },
  add_users_channel: { channel_name: 'inc-7', users: ['kathy', { Name: 'Ada', Email: 'ada@example.test', Username: '' }] },
  archive_channel: { channel_name: 'inc-7' },
  post: { channel_name: 'inc-7', message: 'hello', transitions: [{ label: 'Go', to: 'B' }] },
  update_post: { post: 'Card', message: 'hello' },
  find_on_call: {},
  acknowledge_incident: {},
  resolve_incident: {},
  create_issue: { summary: 'Disk full' },
  transition_issue: { to: ['Done'] },
  transition_to: { to: 'B' },
  finished_workflow: {},
};
/** Reads and words of the language itself: no changing call. */
const WITHOUT_CALLS = ['find_on_call', 'transition_to', 'finished_workflow'];
const details = { code: 'vendor.trouble', message: 'trouble' };

const run = async (action: ActionDefinition, options: ContextOptions = {}) => {
  const made = makeContext(action.input.parse(INPUTS[action.type]), options);
  return { ...made, output: await action.run(made.context) };
};

it('the battery has an input for every action', () => {
  expect(Object.keys(INPUTS).toSorted()).toEqual(actions.map((action) => action.type).toSorted());
});

describe.each(actions.map((action) => [action.type, action] as const))('%s', (type, action) => {
  it('has an example that a playbook may hold', () => {
    const extra = `{ name: Card, type: post, channel_name: x, message: m }, { name: Ticket, type: create_issue, summary: s }, { name: WarRoom, type: create_channel, channel_name: c, channel_displayname: d }, { name: OnCall, type: find_on_call }`;
    const steps = ['A', 'Acknowledged', 'Resolved', 'Triggered'].map(
      (name) => `  - { name: ${name}, start_actions: [{ name: End${name}, type: finished_workflow }] }`,
    );
    const text = playbookText(
      [`  - { name: First, start_actions: [${extra}, ${JSON.stringify({ name: 'Example', type, ...action.example })}] }`, ...steps].join(
        '\n',
      ),
    );
    expect(loadPlaybooks('x', text, registry)).toMatchObject({ ok: true });
  });

  it('says what it does and what each of its fields is', () => {
    expect(action.summary).toMatch(/^[A-Z].*\.$/s);
    for (const [field, schema] of Object.entries(action.input.shape)) {
      const said = JSON.stringify(z.toJSONSchema(z.object({ [field]: schema }), { io: 'input', unrepresentable: 'any' }));
      expect(said).toMatch(/"description"|"template":"none"/);
    }
  });

  it('names the field that is wrong', () => {
    for (const field of Object.keys(action.input.shape)) {
      const wrong = action.input.safeParse({ ...INPUTS[type], [field]: { odd: [Symbol.iterator.toString()] } });
      expect(wrong.error?.issues.map((issue) => issue.path[0])).toContain(field);
    }
    expect(action.input.safeParse({ ...INPUTS[type], nonsense: 1 }).error?.issues[0]).toMatchObject({
      code: 'unrecognized_keys',
      keys: ['nonsense'],
    });
  });

  it('puts out what it promises', async () => {
    const { output } = await run(action);
    expect(action.output.safeParse(output).error).toBeUndefined();
    expect(JSON.parse(JSON.stringify(output))).toEqual(output);
  });

  it('journals every call before it is made', async () => {
    const { asked, effects } = await run(action);
    const calls = WITHOUT_CALLS.includes(type) ? 0 : asked().length;
    expect(effects.store.effects().filter((one) => one.endsWith('intended'))).toHaveLength(calls);
    expect(calls > 0).toBe(!WITHOUT_CALLS.includes(type));
  });

  it('does nothing a second time when it is done again', async () => {
    const first = await run(action);
    await first.effects.journal.flush();
    const again = makeContext(action.input.parse(INPUTS[type]), { effects: [...first.effects.journal.effects.values()] });
    expect(await action.run(again.context)).toEqual(first.output);
    expect(again.asked()).toEqual([]);
  });

  it.each([
    ['retryable', new RetryableError({ ...details, retryAfterMs: 5000 })],
    ['config', new ConfigError(details)],
    ['in_doubt', new InDoubtError(details)],
    ['permanent', new PermanentError(details)],
  ])('hands on an error that is %s', async (kind, failWith) => {
    if (WITHOUT_CALLS.includes(type)) return;
    // One person who can't be added doesn't lose the others (S93).
    if (type === 'add_users_channel' && kind === 'permanent') {
      expect((await run(action, { failWith })).output).toMatchObject({
        Added: [],
        Unknown: ['kathy (trouble)', 'ada@example.test (trouble)'],
      });
      return;
    }
    await expect(run(action, { failWith })).rejects.toBe(failWith);
  });

  it('calls nobody once the lease is lost', async () => {
    if (WITHOUT_CALLS.includes(type)) return;
    const made = makeContext(action.input.parse(INPUTS[type]));
    made.effects.store.lose();
    await expect(action.run(made.context)).rejects.toThrow(LeaseLost);
    expect(made.asked()).toEqual([]);
  });
});
