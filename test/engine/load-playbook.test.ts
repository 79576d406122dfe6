import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadPlaybooks } from '../../src/engine/load-playbook.ts';
import { playbookText, registry } from './make-run.ts';

const load = (text: string) => loadPlaybooks('p.yaml', text, registry);
/** `line:column field: message` of each problem. */
function problems(text: string): readonly string[] {
  const loaded = load(text);
  return loaded.ok ? [] : loaded.problems.map((one) => `${one.line}:${one.column} ${one.field}: ${one.message}`);
}
const END = '{ name: End, type: finished_workflow }';
const withActions = (...actions: readonly string[]): string => playbookText(`  - { name: A, start_actions: [${actions.join(', ')}] }`);

describe('a playbook file', () => {
  it('may be YAML or JSON, one playbook or a list', () => {
    const one = {
      name: 'p',
      triggers: [{ name: 'T', type: 'manual' }],
      steps: [{ name: 'A', start_actions: [{ name: 'E', type: 'finished_workflow' }] }],
    };
    expect(load(JSON.stringify(one))).toMatchObject({ ok: true, playbooks: [{ playbook: { name: 'p', firstStep: 'A' }, document: one }] });
    expect(load(JSON.stringify([one, { ...one, name: 'q' }]))).toMatchObject({ ok: true, playbooks: [{}, { playbook: { name: 'q' } }] });
    expect(load(withActions(END)).ok).toBe(true);
  });

  it('is given with all of its problems at once, each with its place and the nearest name', () => {
    const text = `name: p
chatt: mattermost
triggers:
  - { name: T, type: manuel }
on: [{ event: aknowledged, to: Nowhere }]
steps:
  - name: A
    start_actions:
      - { name: One, type: post, channel_nam: x, message: '{{.Event.Titel}}', on_error: sometimes }
      - { name: sec-issue, type: pots, timeout: 5 minutes }
      - { name: One, type: transition_to, to: B }
    timout: { after: 5m, to: A }
  - { name: A, finish_actions: [{ name: F, type: finished_workflow, if: 'Event.Titel == ""' }] }
  - { name: C }
`;
    expect(problems(text)).toEqual([
      '2:8 chatt: unknown field "chatt" (did you mean "chat"?)',
      '13:13 steps[1].name: the step name "A" is used twice; names are unique within a playbook',
      '11:17 steps[0].start_actions[2].name: the action name "One" is used twice; names are unique within a playbook',
      '4:22 triggers[0].type: unable to load triggers: there is no trigger type "manuel" (did you mean "manual"?)',
      '5:32 on[0].to: there is no step "Nowhere"',
      '5:15 on[0].event: there is no event "aknowledged" (did you mean "acknowledged"?)',
      '12:13 steps[0].timout: unknown field "timout" (did you mean "timeout"?)',
      '9:89 steps[0].start_actions[0].on_error: must be fail, continue or {to: Step}',
      '9:59 steps[0].start_actions[0].message: the template names {{.Event.Titel}}, but there is no "Titel" (did you mean "Title"?)',
      '9:9 steps[0].start_actions[0].channel_name: the field "channel_name" is missing',
      '9:47 steps[0].start_actions[0].channel_nam: unknown field "channel_nam" (did you mean "channel_name"?)',
      '10:17 steps[0].start_actions[1].name: must start with a letter and hold only letters, digits and underscores',
      '10:49 steps[0].start_actions[1].timeout: must be a duration such as 30s, 15m, 24h or 7d (at most 365d)',
      '10:34 steps[0].start_actions[1].type: unable to load actions: there is no action type "pots" (did you mean "post"?)',
      '11:47 steps[0].start_actions[2].to: there is no step "B" (did you mean "A"?)',
      '13:73 steps[1].finish_actions[0].if: the condition can’t be used: No such key: Titel',
      '13:50 steps[1].finish_actions[0].type: finished_workflow belongs into start_actions: finish actions run when the step is already being left',
      '14:5 steps[2]: step "C" needs start_actions or finish_actions',
    ]);
  });

  it('is refused whole when one playbook of its list has a problem (S129)', () => {
    const good = {
      name: 'p',
      triggers: [{ name: 'T', type: 'manual' }],
      steps: [{ name: 'A', start_actions: [{ name: 'E', type: 'finished_workflow' }] }],
    };
    expect(problems(JSON.stringify([good, { ...good, steps: [] }]))).toEqual([
      expect.stringContaining('[1].steps: a playbook needs at least one step'),
    ]);
  });

  it.each(['sec_issue_workflow_3', 'SecIssueWorkflow3', 'a'])('may use the name %s (S43)', (name) => {
    expect(problems(withActions(`{ name: ${name}, type: finished_workflow }`))).toEqual([]);
  });

  it.each(['sec-issue-workflow-3', 'sec.issue', '3issue', '_issue', 'Größe', 'a b', 'x'.repeat(101)])('may not use the name %s', (name) => {
    expect(problems(withActions(`{ name: '${name}', type: finished_workflow }`))).toHaveLength(1);
    expect(problems(playbookText(`  - { name: '${name}', start_actions: [${END}] }`))).toHaveLength(1);
    expect(problems(withActions(END).replace('name: Incident', `name: '${name}'`))).toHaveLength(1);
  });

  it('says what the source’s messages say of blank names (S122, S125)', () => {
    expect(problems(withActions(END).replace('name: test', 'name: "  "'))).toEqual([
      expect.stringContaining('Error parsing workflow: workflow name must not be blank'),
    ]);
    const [blank] = problems(playbookText(`  - { name: '', start_actions: [${END}] }`));
    expect(blank).toMatch(/Error parsing workflow: .*step name must not be blank/);
  });

  it.each([
    [
      'an on_error target on an action that is not waited for',
      `{ name: P, type: post, channel_name: x, message: m, wait: false, on_error: { to: A } }`,
      /on_error.*needs wait: true/,
    ],
    [
      'an on_error target that is no step',
      `{ name: P, type: post, channel_name: x, message: m, on_error: { to: B } }`,
      /there is no step "B"/,
    ],
    [
      'a button to a step that is none',
      `{ name: P, type: post, channel_name: x, message: m, transitions: [{ label: L, to: B }] }`,
      /transitions\[0\]\.to: there is no step/,
    ],
    ['an update of a post that is none', `{ name: P, type: update_post, post: Karte, message: m }`, /there is no post action "Karte"/],
    [
      'an output that the action does not have',
      `{ name: P, type: post, channel_name: '{{.Action.Q.Foo}}', message: m }, { name: Q, type: create_issue, summary: s }`,
      /no "Foo"/,
    ],
    ['an action that is none', `{ name: P, type: post, channel_name: '{{.Action.Nobody.URL}}', message: m }`, /no "Nobody"/],
    [
      'a tag that loops',
      `{ name: P, type: post, channel_name: x, message: '{% for i in (1..9) %}{% endfor %}' }`,
      /tags such as \{% for %\}/,
    ],
    ['a tag that includes', `{ name: P, type: post, channel_name: x, message: "{% include 'f' %}" }`, /tags such as/],
    ['an unknown filter', `{ name: P, type: post, channel_name: x, message: '{{.Event.Title | upcas}}' }`, /undefined filter: upcas/],
    ['a template that does not end', `{ name: P, type: post, channel_name: x, message: '{{.Event.Title' }`, /can’t be read/],
    [
      'a template in a label',
      `{ name: P, type: post, channel_name: x, message: m, transitions: [{ label: '{{.Event.Title}}', to: A }] }`,
      /takes no templates/,
    ],
    [
      'constructor in a template',
      `{ name: P, type: post, channel_name: x, message: '{{.constructor}}{{__proto__}}' }`,
      /no "(constructor|__proto__)"/,
    ],
    ['a group in place of a list', `{ name: P, type: post, channel_name: x, message: m, transitions: { label: L, to: A } }`, /transitions/],
    ['a number in place of a text', `{ name: P, type: post, channel_name: x, message: 5 }`, /message/],
  ])('is refused for %s', (_what, actions, message) => {
    expect(problems(withActions(actions)).join('\n')).toMatch(message);
  });

  it('is refused for __proto__, and changes no prototype', () => {
    expect(problems(`__proto__: { polluted: 1 }\n${withActions(END)}`)).toEqual([expect.stringContaining('unknown field "__proto__"')]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each([
    ['nothing', '', /empty/],
    ['a scalar', 'hello', /must be a playbook/],
    ['null', 'null', /must be a playbook/],
    ['two documents', 'a: 1\n---\nb: 2', /One document a file/],
    ['tabs', 'name: p\nsteps:\n\t- name: A\n', /3:1.*Tabs are not allowed/],
    ['a key twice', 'name: p\nname: q\n', /2:1.*unique/],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: &c [${'*b,'.repeat(9)}*b]\nd: [${'*c,'.repeat(9)}*c]`,
      /[Aa]lias/,
    ],
    ['an alias to itself', 'a: &a [*a]\n', /circular/],
    ['a huge text', `# ${'x'.repeat(1_000_001)}`, /longer than/],
    ['deep lists', '['.repeat(20_000), /too deep/],
    ['deep dashes', '- '.repeat(100_000), /too deep/],
    ['deep groups', Array.from({ length: 800 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), /too deep/],
  ])('that holds %s is refused in no time, without a throw', (_what, text, message) => {
    const startedAt = performance.now();
    expect(problems(text).join('\n')).toMatch(message);
    expect(problems(text).length).toBeLessThanOrEqual(20);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('never throws, whatever stands in it', () => {
    const word = fc.constantFrom(
      'name',
      'steps',
      'triggers',
      'start_actions',
      'type',
      'post',
      'to',
      'on',
      'if',
      'A',
      '{{',
      '}}',
      '{%',
      ':',
      '-',
      '\n',
      '  ',
      '&a',
      '*a',
      '[',
      ']',
      "'",
      '#',
      '!!js',
      '\t',
    );
    fc.assert(fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }), (words) => void problems(words.join(' '))));
    fc.assert(fc.property(fc.jsonValue(), (value) => void problems(JSON.stringify(value))));
    const part = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('A', 'constructor', 'toString', 'a b', ')', '-'));
    const near = fc.record({
      name: part,
      triggers: fc.array(part),
      on: part,
      steps: fc.array(
        fc.record({
          name: part,
          start_actions: fc.array(
            fc.record(
              {
                name: part,
                type: fc.constantFrom('post', 'update_post', 'create_issue', 'x'),
                if: part,
                on_error: part,
                transitions: part,
                users: part,
              },
              { requiredKeys: ['type'] },
            ),
          ),
          timeout: part,
          on: part,
        }),
      ),
    });
    fc.assert(fc.property(near, (value) => void problems(JSON.stringify(value))));
  });
});

describe('what is loaded', () => {
  it('has the language’s defaults', () => {
    const loaded = load(
      withActions(
        `{ name: P, type: post, channel_name: x, message: m }, { name: Q, type: create_issue, summary: s, wait: false, timeout: 2h, retry: { for: 1h, max_interval: 30s } }`,
      ),
    );
    if (!loaded.ok) throw new Error('not loaded');
    const actions = loaded.playbooks[0]?.playbook.actions;
    expect(actions?.get('P')).toMatchObject({ wait: true, onError: 'fail', timeoutMs: 86_400_000, maxIntervalMs: 300_000 });
    expect(actions?.get('Q')).toMatchObject({ wait: false, onError: 'continue', timeoutMs: 3_600_000, maxIntervalMs: 30_000 });
  });

  it('knows which outputs an action uses: named, needed, and of the post that it updates', () => {
    const loaded = load(
      withActions(
        `{ name: Ticket, type: create_issue, summary: s }`,
        `{ name: Card, type: post, channel_name: x, message: '{{.Action.Ticket.URL}} {{.Action.Card.URL}}' }`,
        `{ name: Edit, type: update_post, post: Card, message: m }`,
        `{ name: Move, type: transition_issue, to: Done }`,
      ),
    );
    if (!loaded.ok) throw new Error('not loaded');
    const uses = (name: string) => loaded.playbooks[0]?.playbook.actions.get(name)?.uses;
    expect([uses('Ticket'), uses('Card'), uses('Edit'), uses('Move')]).toEqual([[], ['Ticket'], ['Card'], ['Ticket']]);
  });
});
