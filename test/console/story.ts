import type { TimelineEntry } from '../../src/core/timeline.ts';
import type { Database } from '../../src/store/database.ts';
import { seedDelivery, seedRun } from './seed.ts';
import type { SeedEffect } from './seed.ts';

const CHANNEL = {
  ChannelID: 'c1',
  ChannelName: 'inc-12',
  DisplayName: 'INC 12: Checkout answers 502',
  URL: 'http://chat.example/ops/channels/inc-12',
};
const ISSUE = { Key: 'OPS-41', ID: '10041', URL: 'https://acme.atlassian.net/browse/OPS-41' };

const done = (
  action: string,
  type: string,
  output: Record<string, string | boolean | string[]> = {},
): Extract<TimelineEntry, { kind: 'action_done' }> => ({ kind: 'action_done', action, type, output });

/** The setting-up that each run of the shipped playbook goes through. */
const opening = (number: number, title: string): (readonly [number, TimelineEntry])[] => [
  [0, { kind: 'run_started', playbook: 'pagerduty_incident', number, trigger: 'Incident', title }],
  [0.02, { kind: 'step_entered', step: 'Setup', by: 'PagerDuty', cause: 'start' }],
  [0.31, done('WarRoom', 'create_channel', CHANNEL)],
  [0.48, done('OnCall', 'find_on_call', { Names: 'Kathy Lopez, Sam Okafor' })],
  [0.77, done('Join', 'add_users_channel', { Added: ['kathy', 'sam.okafor'], Unknown: ['dora'] })],
  [0.83, { kind: 'step_entered', step: 'Triggered', by: 'playbook', cause: 'transition' }],
  [1.02, done('Announce', 'post', { PostID: 'p0', URL: 'http://chat.example/ops/pl/p0', ChannelName: 'incidents' })],
  [1.2, done('Card', 'post', { PostID: 'p1', URL: 'http://chat.example/ops/pl/p1', ChannelName: 'inc-12' })],
];

const openingEffects: SeedEffect[] = [
  {
    action: 'WarRoom',
    change: 'chat.createChannel',
    state: 'done',
    at: 0.05,
    tookMs: 240,
    input: { name: 'inc-12', displayName: CHANNEL.DisplayName },
    output: { id: 'c1', name: 'inc-12' },
  },
  { action: 'Join', change: 'chat.addMember', state: 'done', at: 0.5, tookMs: 120, input: { channelId: 'c1', personId: 'u1' }, output: {} },
  {
    action: 'Join',
    change: 'chat.addMember',
    state: 'done',
    at: 0.62,
    tookMs: 131,
    input: { channelId: 'c1', personId: 'u2' },
    output: {},
  },
  { action: 'Card', change: 'chat.post', state: 'done', at: 1.04, tookMs: 96, input: { channelId: 'c1' }, output: { id: 'p1' } },
];

export interface Story {
  readonly parked: string;
  readonly acknowledged: string;
  readonly finished: string;
  readonly deliveries: readonly string[];
}

/** A believable night: one run that waits for a person, two open ones, some that ended, and what came in. */
export async function seedStory(database: Database): Promise<Story> {
  await seedRun(database, {
    number: 8,
    state: 'cancelled',
    title: 'Disk of build-agent-3 is 91 % full',
    step: 'Triggered',
    startedSecondsAgo: 97_000,
    endedAfter: 620,
    timeline: [
      ...opening(8, 'Disk of build-agent-3 is 91 % full'),
      [610, { kind: 'operator', operation: 'cancel', by: 'admin' }],
      [620, { kind: 'run_ended', state: 'cancelled', reason: 'cancelled by admin' }],
    ],
  });
  const finished = await seedRun(database, {
    number: 9,
    state: 'finished',
    title: 'Latency of search above 800 ms for 10 minutes',
    step: 'Resolved',
    startedSecondsAgo: 9800,
    acknowledgedAfter: 74,
    resolvedAfter: 1320,
    endedAfter: 1322,
    problemBefore: 240,
    outputs: { WarRoom: CHANNEL, Ticket: ISSUE },
    timeline: [
      ...opening(9, 'Latency of search above 800 ms for 10 minutes'),
      [
        2.1,
        {
          kind: 'action_retrying',
          action: 'Ticket',
          type: 'create_issue',
          error: 'Jira did not answer within 10 s',
          code: 'jira.timeout',
          attempts: 1,
          dueAt: new Date(Date.now() - 9790_000).toISOString(),
        },
      ],
      [14.2, { ...done('Ticket', 'create_issue', ISSUE), reconciled: true }],
      [74, { kind: 'signal_taken', signal: 'button Acknowledge', by: 'Kathy Lopez', to: 'Acknowledged' }],
      [74.1, { kind: 'step_entered', step: 'Acknowledged', by: 'Kathy Lopez', cause: 'click', marks: 'acknowledged' }],
      [74.6, done('Ack', 'acknowledge_incident', { Status: 'acknowledged', Changed: true })],
      [74.8, done('CardAck', 'update_post')],
      [
        91,
        {
          kind: 'signal_noted',
          signal: 'button Acknowledge',
          by: 'Sam Okafor',
          reason: 'Too late: the incident is already in step Acknowledged: Kathy Lopez moved it to Acknowledged.',
        },
      ],
      [1320, { kind: 'signal_taken', signal: 'pagerduty resolved', by: 'Sam Okafor', to: 'Resolved' }],
      [1320.1, { kind: 'step_entered', step: 'Resolved', by: 'Sam Okafor', cause: 'event', marks: 'resolved' }],
      [1320.6, done('Fix', 'resolve_incident', { Status: 'resolved', Changed: false })],
      [1321.2, done('Done', 'transition_issue', { Status: 'Done' })],
      [1322, { kind: 'run_ended', state: 'finished', reason: 'Resolved' }],
    ],
    effects: openingEffects,
  });
  await seedRun(database, {
    number: 10,
    state: 'failed',
    title: 'Certificate of api.acme.example expires in 3 days',
    step: 'Setup',
    startedSecondsAgo: 5400,
    endedAfter: 300,
    timeline: [
      ...opening(10, 'Certificate of api.acme.example expires in 3 days'),
      [300, { kind: 'run_ended', state: 'failed', reason: 'given up' }],
    ],
  });
  const acknowledged = await seedRun(database, {
    number: 11,
    state: 'running',
    title: 'Payments: error rate 4.2 % in eu-west-1',
    step: 'Acknowledged',
    startedSecondsAgo: 1460,
    acknowledgedAfter: 124,
    problemBefore: 61,
    outputs: {
      WarRoom: { ...CHANNEL, DisplayName: 'INC 11: Payments: error rate 4.2 %', URL: 'http://chat.example/ops/channels/inc-11' },
      Ticket: ISSUE,
    },
    timeline: [
      ...opening(11, 'Payments: error rate 4.2 % in eu-west-1'),
      [124, { kind: 'signal_taken', signal: 'button Acknowledge', by: 'Sam Okafor', to: 'Acknowledged' }],
      [124.1, { kind: 'step_entered', step: 'Acknowledged', by: 'Sam Okafor', cause: 'click', marks: 'acknowledged' }],
    ],
    effects: openingEffects,
  });
  const reason = 'Jira refuses our token (401). Check JIRA_EMAIL and JIRA_TOKEN, then press Retry.';
  const parked = await seedRun(database, {
    number: 12,
    state: 'parked',
    title: 'Checkout answers 502 for one in three customers',
    step: 'Triggered',
    attention: reason,
    startedSecondsAgo: 252,
    problemBefore: 95,
    description: 'Probe checkout-eu-1 got 502 from 3 of 9 back ends.\nRunbook: see the channel’s header.',
    outputs: { WarRoom: CHANNEL },
    invocations: [
      {
        action: 'Ticket',
        visit: 2,
        wait: true,
        state: 'failed',
        attempts: 3,
        bugs: 0,
        startedAt: new Date().toISOString(),
        missing: [],
        round: 0,
        error: 'Jira answered 401 Unauthorized',
        code: 'jira.unauthorized',
      },
    ],
    timeline: [
      ...opening(12, 'Checkout answers 502 for one in three customers'),
      [
        2.4,
        {
          kind: 'action_failed',
          action: 'Ticket',
          type: 'create_issue',
          error: 'Jira answered 401 Unauthorized',
          code: 'jira.unauthorized',
        },
      ],
      [2.5, { kind: 'parked', reason, action: 'Ticket' }],
    ],
    effects: [
      ...openingEffects,
      {
        action: 'Ticket',
        change: 'tracker.createIssue',
        state: 'failed',
        at: 1.3,
        attempts: 3,
        tookMs: 1100,
        error: 'Jira answered 401 Unauthorized',
      },
    ],
    references: [
      ['pager.incident', 'pagerduty:Q1NC1D3NT'],
      ['chat.channel', 'mattermost:c1'],
    ],
  });
  await seedRun(database, {
    number: 13,
    state: 'running',
    title: 'Orders queue is 12 000 deep and growing',
    step: 'Triggered',
    startedSecondsAgo: 41,
    timeline: opening(13, 'Orders queue is 12 000 deep and growing'),
  });
  const deliveries = [
    await seedDelivery(database, {
      outcome: 'unreadable',
      reason: 'The body is not JSON',
      body: '{"event": {"event_type": "incident.trig',
      secondsAgo: 9900,
    }),
    await seedDelivery(database, {
      type: 'triggered',
      title: 'Latency of search above 800 ms for 10 minutes',
      outcome: 'started',
      runIds: [finished],
      secondsAgo: 9800,
    }),
    await seedDelivery(database, {
      door: 'button',
      source: 'mattermost',
      outcome: 'signalled',
      reason: 'Acknowledge by Sam Okafor',
      runIds: [acknowledged],
      secondsAgo: 1336,
    }),
    await seedDelivery(database, {
      type: 'acknowledged',
      title: 'Payments: error rate 4.2 % in eu-west-1',
      outcome: 'echo',
      reason: 'Caused by our own call',
      runIds: [acknowledged],
      secondsAgo: 1334,
    }),
    await seedDelivery(database, {
      outcome: 'ignored',
      reason: 'A ping: the webhook works',
      secondsAgo: 700,
      body: '{"event":{"event_type":"pagey.ping"}}',
    }),
    await seedDelivery(database, {
      type: 'triggered',
      title: 'Checkout answers 502 for one in three customers',
      outcome: 'started',
      runIds: [parked],
      correlationKey: 'pagerduty:Q12',
      secondsAgo: 252,
    }),
    await seedDelivery(database, {
      type: 'note_added',
      title: 'Checkout answers 502 for one in three customers',
      outcome: 'ignored',
      reason: 'The playbook has no rule for it here',
      runIds: [parked],
      correlationKey: 'pagerduty:Q12',
      secondsAgo: 120,
    }),
    await seedDelivery(database, {
      type: 'triggered',
      title: 'Orders queue is 12 000 deep and growing',
      outcome: null,
      state: 'new',
      secondsAgo: 2,
    }),
  ];
  return { parked, acknowledged, finished, deliveries };
}
