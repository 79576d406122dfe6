import { describe, expect, it } from '@jest/globals';
import { acknowledgeIncident } from '../../src/actions/acknowledge-incident.ts';
import { addUsersChannel } from '../../src/actions/add-users-channel.ts';
import { createChannel } from '../../src/actions/create-channel.ts';
import { createIssue } from '../../src/actions/create-issue.ts';
import { findOnCall } from '../../src/actions/find-on-call.ts';
import { post } from '../../src/actions/post.ts';
import { setChannelHeader } from '../../src/actions/set-channel-header.ts';
import { oneLine, shorten } from '../../src/actions/shorten.ts';
import { transitionIssue } from '../../src/actions/transition-issue.ts';
import { updatePost } from '../../src/actions/update-post.ts';
import { resolveIncident } from '../../src/actions/resolve-incident.ts';
import type { Change } from '../../src/core/ports.ts';
import { makeContext } from '../contract/action-context.ts';

const answering = <I, O>(output: O): Change<I, O> => ({
  call: () => Promise.resolve(output),
  reconcile: () => Promise.resolve({ answer: 'absent' }),
});

describe('create_channel', () => {
  const make = (more: object) => {
    const made = makeContext(createChannel.input.parse({ channel_name: 'inc-7', channel_displayname: 'INC 7', ...more }));
    return createChannel.run(made.context).then(() => made);
  };

  it.each(['Inc-7', 'inc 7', '-inc', 'inc-', 'x', 'ö', 'a'.repeat(65)])('refuses the handle %s rather than change it', async (handle) => {
    await expect(make({ channel_name: handle })).rejects.toMatchObject({ kind: 'permanent', code: 'create_channel.bad_handle' });
  });

  it('cuts what is too long', async () => {
    const long = 'é'.repeat(3000);
    const { asked } = await make({ channel_displayname: long, header: long, purpose: long });
    expect(asked()[0]).toContain(`"displayName":"${'é'.repeat(63)}…"`);
    expect(asked()[0]).toContain(`"header":"${'é'.repeat(1023)}…"`);
    expect(asked()[0]).toContain(`"purpose":"${'é'.repeat(249)}…"`);
  });

  it('takes Yes and No, the playbook’s team, and keeps a reference to what it made', async () => {
    const { asked, effects } = await make({ private: 'Yes' });
    await effects.journal.flush();
    expect(asked()[0]).toMatch(/"team":"ops".*"private":true.*"ifExists":"fail"/);
    expect(effects.store.entries.flatMap((entry) => entry.references)).toEqual([{ kind: 'chat.channel', value: 'mattermost:c1' }]);
  });
});

describe('add_users_channel', () => {
  const add = async (users: readonly unknown[]) => {
    const made = makeContext(addUsersChannel.input.parse({ channel_name: 'inc-7', users }));
    return { ...made, output: await addUsersChannel.run(made.context) };
  };

  it('adds the known ones and lists the unknown ones', async () => {
    expect((await add(['kathy', 'stranger', 'bob'])).output).toEqual({ Added: ['kathy', 'bob'], Unknown: ['stranger'] });
  });

  it('makes one effect of each person, once each', async () => {
    const { effects, asked } = await add(['kathy', 'kathy', 'bob', '', '  ']);
    expect(asked()).toHaveLength(2);
    expect([...effects.journal.effects.keys()]).toEqual(['Act-1-id-kathy', 'Act-1-id-bob']);
  });

  it('prefers a person’s username to their e-mail address, and that to their name', async () => {
    const { output } = await add([
      { Name: 'Ada L', Email: 'ada@example.test', Username: 'ada' },
      { Name: 'Bob', Email: 'bob@example.test' },
      { Name: 'Carol' },
    ]);
    expect(output['Added']).toEqual(['ada', 'bob@example.test', 'Carol']);
  });

  it('asks nothing for an empty list', async () => {
    expect(await add([])).toMatchObject({ output: { Added: [], Unknown: [] } });
  });
});

describe('create_issue', () => {
  it('makes one line of the summary and words of the labels', async () => {
    const made = makeContext(createIssue.input.parse({ summary: ` a\r\nb \n c${'x'.repeat(300)}`, labels: ['disk full', ' ', 'p1'] }));
    await createIssue.run(made.context);
    expect(made.asked()[0]).toContain('"summary":"a b cxxx');
    expect(made.asked()[0]).toContain('"labels":["disk-full","p1"]');
    expect(/"summary":"([^"]*)"/.exec(made.asked()[0] ?? '')?.[1]).toHaveLength(255);
  });

  it('has a summary in any case', async () => {
    const made = makeContext(createIssue.input.parse({ summary: '' }));
    await createIssue.run(made.context);
    expect(made.asked()[0]).toContain('"summary":"(no title)"');
  });
});

describe('find_on_call', () => {
  const find = (input: object, options = {}) => findOnCall.run(makeContext(findOnCall.input.parse(input), options).context);

  it('gives the people and their names', async () => {
    expect(await find({})).toEqual({ Users: [{ Name: 'Ada', Email: 'ada@example.test', Username: '', PagerID: 'PUSER1' }], Names: 'Ada' });
  });

  it('falls back to named people in a gap of the schedule, and says so where there are none', async () => {
    const gap = { pager: { findOnCall: () => Promise.resolve([]) } };
    expect(await find({ fallback: ['kathy', 'bob@example.test'] }, gap)).toEqual({
      Users: [
        { Name: 'kathy', Email: '', Username: 'kathy', PagerID: '' },
        { Name: 'bob@example.test', Email: 'bob@example.test', Username: '', PagerID: '' },
      ],
      Names: 'kathy, bob@example.test',
    });
    expect(await find({}, gap)).toEqual({ Users: [], Names: 'nobody' });
  });

  it('asks for the policy that is named, else the event’s, else the incident’s', async () => {
    const asked: string[] = [];
    const pager = { findOnCall: (id: string) => Promise.resolve(void asked.push(id)).then(() => []) };
    await find({ escalation_policy: 'PNAMED' }, { pager });
    await find({}, { pager });
    await find({}, { pager, incident: { escalationPolicyId: undefined } });
    await find({}, { pager, incident: { escalationPolicyId: undefined, pagerId: undefined } });
    expect(asked).toEqual(['PNAMED', 'PPOL1', 'PPOL1']);
  });
});

describe('acknowledge_incident and resolve_incident', () => {
  it('act as the person who caused the step where the pager knows them, and expect their echo', async () => {
    const made = makeContext(acknowledgeIncident.input.parse({}));
    expect(await acknowledgeIncident.run(made.context)).toEqual({ Status: 'acknowledged' });
    expect(made.asked()).toEqual(['setStatus {"incidentId":"PINC1","status":"acknowledged","actAs":"ada@example.test"}']);
    expect(made.effects.store.entries[0]?.echoes).toEqual([
      {
        effectKey: 'Act-1',
        reference: { kind: 'pager.incident', value: 'pagerduty:PINC1' },
        eventType: 'acknowledged',
        actorId: 'pagerduty:PUSER1',
      },
    ]);
  });

  it.each(['stranger@example.test', ''])('act as the service user for the address %j', async (email) => {
    const made = makeContext(resolveIncident.input.parse({}), { actor: { name: 'X', username: '', email, id: '' } });
    await resolveIncident.run(made.context);
    expect(made.asked()).toEqual(['setStatus {"incidentId":"PINC1","status":"resolved"}']);
    expect(made.effects.store.entries[0]?.echoes[0]?.actorId).toBe('');
  });

  it('expect no echo when nothing was changed', async () => {
    const made = makeContext(resolveIncident.input.parse({}), { pager: { setStatus: answering({ status: 'resolved', changed: false }) } });
    await resolveIncident.run(made.context);
    await made.effects.journal.flush();
    expect(made.effects.store.entries.flatMap((entry) => entry.droppedEchoes)).toEqual(['Act-1']);
  });

  it('raise resolved when the wish to acknowledge finds the incident resolved', async () => {
    const made = makeContext(acknowledgeIncident.input.parse({}), {
      pager: { setStatus: answering({ status: 'resolved', changed: false }) },
    });
    expect(await acknowledgeIncident.run(made.context)).toEqual({ Status: 'resolved' });
    expect(made.raised).toEqual([expect.objectContaining({ type: 'resolved', source: 'pagerduty' })]);
  });

  it('fail for good where the run has no incident', async () => {
    const made = makeContext(acknowledgeIncident.input.parse({}), { incident: { pagerId: undefined } });
    await expect(acknowledgeIncident.run(made.context)).rejects.toMatchObject({ kind: 'permanent', code: 'incident.none' });
  });

  it('are wishes about the same thing: the newer one overtakes the older', () => {
    const lanes = [acknowledgeIncident, resolveIncident].map((one) => one.lane?.(one.input.parse({}), makeContext({}).context.incident));
    expect(lanes).toEqual(['pager.incident:PINC1', 'pager.incident:PINC1']);
  });
});

describe('the others', () => {
  it('transition_issue fails for good without an issue, and needs the run’s own where none is named', async () => {
    const made = makeContext(transitionIssue.input.parse({ to: 'Done' }), { incident: { issueId: undefined } });
    await expect(transitionIssue.run(made.context)).rejects.toMatchObject({ code: 'transition_issue.no_issue' });
    expect(transitionIssue.needs?.(transitionIssue.input.parse({ to: 'Done' }))).toEqual(['create_issue']);
    expect(transitionIssue.needs?.(transitionIssue.input.parse({ to: 'Done', issue: 'OPS-1' }))).toEqual([]);
  });

  it('update_post fails for good where the post was never made', async () => {
    const made = makeContext(updatePost.input.parse({ post: 'Never', message: 'm' }));
    await expect(updatePost.run(made.context)).rejects.toMatchObject({ code: 'update_post.no_post' });
  });

  it('a post with buttons keeps a reference, one without does not', async () => {
    const references = async (transitions: object[]) => {
      const made = makeContext(post.input.parse({ channel_name: 'inc-7', message: 'm', transitions }));
      await post.run(made.context);
      await made.effects.journal.flush();
      return made.effects.store.entries.flatMap((entry) => entry.references);
    };
    expect(await references([{ label: 'Go', to: 'B' }])).toEqual([{ kind: 'chat.post', value: 'mattermost:p1' }]);
    expect(await references([])).toEqual([]);
  });

  it('a channel that is not there is said, not made', async () => {
    const made = makeContext(setChannelHeader.input.parse({ channel_name: 'nowhere', header: 'h' }));
    await expect(setChannelHeader.run(made.context)).rejects.toMatchObject({ code: 'channel.not_found' });
  });
});

describe('shorten and oneLine', () => {
  it.each([
    [shorten('abc', 3), 'abc'],
    [shorten('abcd', 3), 'ab…'],
    [shorten('👍👍👍👍', 3), '👍👍…'],
    [oneLine(' a \r\n\n b ', 10), 'a b'],
  ])('give %s', (given, expected) => {
    expect(given).toBe(expected);
  });
});
