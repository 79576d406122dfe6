import { afterEach, describe, expect, test } from '@jest/globals';
import type { CallContext, Change, ReconcileContext, Reconciled } from '../../src/core/ports.ts';
import { isBridgeError } from './is-bridge-error.ts';
import { callContext, credentials, failureOf, lookContext, openVendors, type Vendors } from '../connectors/open-vendors.ts';

/** One change of one connector, ready to be made: `call` and `look` share input and marker. */
interface Prepared {
  call(context: CallContext): Promise<unknown>;
  look(context: ReconcileContext): Promise<Reconciled<unknown>>;
}

interface ChangeCase {
  readonly name: string;
  readonly vendor: 'mattermost' | 'pagerduty' | 'jira';
  /** The changing request, to aim faults at. */
  readonly method: string;
  readonly path: RegExp;
  /** The ledger's word for the effect. */
  readonly effect: string;
  /** Repeating it leaves the same: a lost answer is then retryable, not in doubt. */
  readonly repeatable: boolean;
  prepare(vendors: Vendors): Promise<Prepared>;
}

function bind<Input, Output>(change: Change<Input, Output>, input: Input): Prepared {
  return { call: (context) => change.call(input, context), look: (context) => change.reconcile(input, context) };
}

async function openChannel(vendors: Vendors): Promise<string> {
  const input = { name: 'inc-1', displayName: 'INC 1', header: '', purpose: '', private: false, ifExists: 'fail' as const };
  return (await vendors.chat.createChannel.call(input, callContext('ib-setup'))).id;
}

const message = {
  text: 'Checkout error rate',
  sections: [{ title: 'Open', text: '', color: '#d24b4e', buttons: [{ label: 'Acknowledge', style: 'primary' as const, token: 't' }] }],
};

const changes: readonly ChangeCase[] = [
  {
    name: 'mattermost createChannel',
    vendor: 'mattermost',
    method: 'POST',
    path: /channels$/,
    effect: 'channel.created',
    repeatable: false,
    prepare: (vendors) =>
      Promise.resolve(
        bind(vendors.chat.createChannel, {
          name: 'inc-7',
          displayName: 'INC 7',
          header: '',
          purpose: 'War room',
          private: false,
          ifExists: 'fail',
        }),
      ),
  },
  {
    name: 'mattermost setHeader',
    vendor: 'mattermost',
    method: 'PUT',
    path: /patch$/,
    effect: 'channel.header',
    repeatable: true,
    prepare: async (vendors) => bind(vendors.chat.setHeader, { channelId: await openChannel(vendors), header: 'Jira OPS-1' }),
  },
  {
    name: 'mattermost addMember',
    vendor: 'mattermost',
    method: 'POST',
    path: /members$/,
    effect: 'member.added',
    repeatable: true,
    async prepare(vendors) {
      const channelId = await openChannel(vendors);
      const { found } = await vendors.chat.findPeople(['kathy'], new AbortController().signal);
      return bind(vendors.chat.addMember, { channelId, personId: found[0]?.id ?? '' });
    },
  },
  {
    name: 'mattermost post',
    vendor: 'mattermost',
    method: 'POST',
    path: /posts$/,
    effect: 'post.created',
    repeatable: false,
    prepare: async (vendors) => bind(vendors.chat.post, { channelId: await openChannel(vendors), message }),
  },
  {
    name: 'mattermost updatePost',
    vendor: 'mattermost',
    method: 'PUT',
    path: /patch$/,
    effect: 'post.updated',
    repeatable: true,
    async prepare(vendors) {
      const channelId = await openChannel(vendors);
      const { id } = await vendors.chat.post.call({ channelId, message }, callContext('ib-post'));
      return bind(vendors.chat.updatePost, { postId: id, channelId, message: { text: 'Taken', sections: [] } });
    },
  },
  {
    name: 'mattermost archiveChannel',
    vendor: 'mattermost',
    method: 'DELETE',
    path: /channels/,
    effect: 'channel.archived',
    repeatable: true,
    prepare: async (vendors) => bind(vendors.chat.archiveChannel, { channelId: await openChannel(vendors) }),
  },
  {
    name: 'pagerduty setStatus acknowledged',
    vendor: 'pagerduty',
    method: 'PUT',
    path: /incidents/,
    effect: 'incident.acknowledged',
    repeatable: false,
    prepare: (vendors) =>
      Promise.resolve(
        bind(vendors.pager.setStatus, { incidentId: vendors.simulator.pagerduty.trigger({ title: 'x' }).id, status: 'acknowledged' }),
      ),
  },
  {
    name: 'pagerduty setStatus resolved',
    vendor: 'pagerduty',
    method: 'PUT',
    path: /incidents/,
    effect: 'incident.resolved',
    repeatable: false,
    prepare: (vendors) =>
      Promise.resolve(
        bind(vendors.pager.setStatus, { incidentId: vendors.simulator.pagerduty.trigger({ title: 'x' }).id, status: 'resolved' }),
      ),
  },
  {
    name: 'jira createIssue',
    vendor: 'jira',
    method: 'POST',
    path: /issue$/,
    effect: 'issue.created',
    repeatable: false,
    prepare: (vendors) =>
      Promise.resolve(bind(vendors.tracker.createIssue, { summary: 'Checkout error rate', description: '', labels: [] })),
  },
  {
    name: 'jira transitionIssue',
    vendor: 'jira',
    method: 'POST',
    path: /transitions$/,
    effect: 'issue.transitioned',
    repeatable: false,
    async prepare(vendors) {
      const { id } = await vendors.tracker.createIssue.call({ summary: 'x', description: '', labels: [] }, callContext('ib-issue'));
      return bind(vendors.tracker.transitionIssue, { issueId: id, to: ['Done'] });
    },
  },
];

const marker = 'ib-0199aaaa-Contract-1';
const secrets = [
  credentials.mattermost,
  credentials.pagerduty,
  credentials.jira,
  Buffer.from(`${credentials.jiraEmail}:${credentials.jira}`).toString('base64'),
];

let vendors: Vendors | undefined;
afterEach(async () => {
  await vendors?.close();
  vendors = undefined;
});

describe.each(changes.map((change) => [change.name, change] as const))('%s', (_name, change) => {
  const doubtful = change.repeatable ? 'retryable' : 'in_doubt';

  async function open(totalTimeoutMs = 5_000): Promise<{ vendors: Vendors; prepared: Prepared; effects: () => number }> {
    const opened = await openVendors({ totalTimeoutMs });
    vendors = opened;
    const prepared = await change.prepare(opened);
    // Setting up may have made such effects, too.
    const before = count(opened);
    return { vendors: opened, prepared, effects: () => count(opened) - before };
  }
  const count = (opened: Vendors) => opened.simulator.ledger.filter(({ effect }) => effect === change.effect).length;
  const fault = (
    opened: Vendors,
    kind: 'status' | 'garbage' | 'drop_after' | 'status_after' | 'hang',
    more: { status?: number; headers?: Record<string, string> } = {},
  ) => opened.simulator.addFault({ vendor: change.vendor, method: change.method, path: change.path, kind, times: 1, ...more });

  test('happens once, and is found; repeating it is safe', async () => {
    const { vendors: opened, prepared, effects } = await open();
    expect(await prepared.look(lookContext(marker, opened.clock))).toEqual({ answer: 'absent' });
    const output = await prepared.call(callContext(marker));
    expect(effects()).toBe(1);
    expect(await prepared.look(lookContext(marker, opened.clock))).toEqual({ answer: 'found', output });
    // A new issue has no natural key: there, only the look before a repeat keeps it single.
    if (change.effect !== 'issue.created') await prepared.call(callContext(marker));
    expect(change.effect === 'post.updated' ? effects() <= 2 : effects() === 1).toBe(true);
  });

  test('429 with Retry-After: surely not done, and the wait is told', async () => {
    const { vendors: opened, prepared, effects } = await open();
    fault(opened, 'status', { status: 429, headers: { 'retry-after': '7' } });
    expect(await failureOf(prepared.call(callContext(marker)))).toMatchObject({
      kind: 'retryable',
      retryAfterMs: 7_000,
      countsAsAttempt: true,
    });
    expect(effects()).toBe(0);
    await prepared.call(callContext(marker));
    expect(effects()).toBe(1);
  });

  test.each([500, 502, 504])('%d: outcome not known', async (status) => {
    const { vendors: opened, prepared, effects } = await open();
    fault(opened, 'status', { status });
    expect(await failureOf(prepared.call(callContext(marker)))).toMatchObject({ kind: doubtful });
    expect(await prepared.look(lookContext(marker, opened.clock))).toEqual({ answer: 'absent' });
    await prepared.call(callContext(marker));
    expect(effects()).toBe(1);
  });

  test('no answer in time: outcome not known', async () => {
    const { vendors: opened, prepared } = await open(800);
    fault(opened, 'hang');
    expect(await failureOf(prepared.call(callContext(marker)))).toMatchObject({ kind: doubtful, code: `${change.vendor}.timeout` });
    expect(await prepared.look(lookContext(marker, opened.clock))).toEqual({ answer: 'absent' });
  });

  test.each(['drop_after', 'status_after', 'garbage'] as const)('%s: outcome not known, and the look tells', async (kind) => {
    const { vendors: opened, prepared, effects } = await open();
    fault(opened, kind, kind === 'status_after' ? { status: 502 } : {});
    const failure = await failureOf(prepared.call(callContext(marker)));
    expect(failure).toMatchObject({ kind: doubtful });
    const happened = kind !== 'garbage';
    expect(effects()).toBe(happened ? 1 : 0);
    expect(await prepared.look(lookContext(marker, opened.clock))).toMatchObject({ answer: happened ? 'found' : 'absent' });
  });

  test('403 is permanent, 401 names the setting; neither shows a secret', async () => {
    const { vendors: opened, prepared } = await open();
    fault(opened, 'status', { status: 403 });
    const forbidden = await failureOf(prepared.call(callContext(marker)));
    // PagerDuty: a 403 of the wish is looked at again before it counts.
    expect(forbidden).toMatchObject({ kind: 'permanent', code: `${change.vendor}.forbidden` });
    fault(opened, 'status', { status: 401 });
    const refused = await failureOf(prepared.call(callContext(marker)));
    expect(refused).toMatchObject({ kind: 'config', message: expect.stringContaining(`${change.vendor.toUpperCase()}_TOKEN`) });
    expect(opened.lines[change.vendor].state().pausedBecause).toBeDefined();
    const paused = await failureOf(prepared.call(callContext(marker)));
    expect(paused).toMatchObject({ kind: 'retryable', countsAsAttempt: false });

    const told = [forbidden, refused, paused]
      .map((error) => (isBridgeError(error) ? `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}` : ''))
      .join();
    for (const secret of secrets) {
      expect(told).not.toContain(secret);
      expect(opened.log.lines.join()).not.toContain(secret);
    }
  });

  test('stopped by us: nothing is left hanging, and nothing is lost', async () => {
    const { vendors: opened, prepared } = await open();
    const stop = new AbortController();
    fault(opened, 'hang');
    const failure = failureOf(prepared.call(callContext(marker, stop.signal)));
    while (!opened.simulator.requests.some((request) => request.fault === 'hang')) await new Promise(setImmediate);
    stop.abort();
    expect(await failure).toMatchObject({ kind: doubtful, code: `${change.vendor}.aborted` });
    expect(opened.lines[change.vendor].state().inFlight).toBe(0);
  });
});
