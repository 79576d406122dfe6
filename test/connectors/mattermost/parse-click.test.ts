import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mattermostInteractive } from '../../../src/connectors/mattermost/parse-click.ts';

const press = {
  user_id: 'uwbd8f5f7pd4zbj3q4kfjz1h5w',
  user_name: 'kathy',
  channel_id: '9cx1ob1ceinkkx7edh3fgqi3zr',
  channel_name: 'inc-7',
  team_id: 'o3pfqmrx6fb8mb1k3ftcq5rrqh',
  team_domain: 'ops',
  post_id: 'wq7a5sz5fpdwbqi9pqwmpg1rqh',
  trigger_id: 'bW9jay10cmlnZ2Vy',
  type: 'button',
  data_source: '',
  context: { token: 'v1.token' },
};

describe('parseClick', () => {
  test('reads a press', () => {
    expect(mattermostInteractive.parseClick(press)).toEqual({
      token: 'v1.token',
      personId: press.user_id,
      username: 'kathy',
      channelId: press.channel_id,
      postId: press.post_id,
      clickId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('tells two clicks apart by their trigger, and knows a repeated one', () => {
    const clickId = (change: object) => mattermostInteractive.parseClick({ ...press, ...change })?.clickId;
    expect(clickId({})).toBe(clickId({ user_name: 'renamed' }));
    expect(clickId({})).not.toBe(clickId({ trigger_id: 'other' }));
    expect(clickId({ trigger_id: '' })).toBe(clickId({ trigger_id: undefined }));
    expect(clickId({ trigger_id: '' })).not.toBe(clickId({ trigger_id: '', user_id: 'someone' }));
  });

  test.each([
    [null],
    ['text'],
    [[]],
    [{}],
    [{ ...press, context: undefined }],
    [{ ...press, context: { token: 7 } }],
    [{ ...press, context: { token: '' } }],
  ])('refuses %j', (body) => {
    expect(mattermostInteractive.parseClick(body)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.anything(), (body) => mattermostInteractive.parseClick(body) === undefined));
  });
});

test('an answer is private, or nothing; it never edits the post', () => {
  expect(mattermostInteractive.answer('Too late')).toEqual({ ephemeral_text: 'Too late', skip_slack_parsing: true });
  expect(mattermostInteractive.answer()).toEqual({});
});
