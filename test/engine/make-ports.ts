import type { Change, Chat, Pager, PagerIncident, Tracker } from '../../src/core/ports.ts';

/** Says what was asked of it: `post {"channelId":"c1"}`. */
export type Asked = string[];

function change<I, O>(asked: Asked, name: string, output: O): Change<I, O> {
  return {
    call: (input) => {
      asked.push(`${name} ${JSON.stringify(input)}`);
      return Promise.resolve(output);
    },
    reconcile: () => Promise.resolve({ answer: 'absent' }),
  };
}

const CHANNEL = { id: 'c1', name: 'inc-7', displayName: 'INC 7', url: 'https://chat.example/inc-7' };

export function createFakeChat() {
  const asked: Asked = [];
  const chat: Chat = {
    findChannel: ({ name }) => Promise.resolve(name === 'nowhere' ? undefined : { ...CHANNEL, name }),
    findPeople: (names) =>
      Promise.resolve({
        found: names.filter((name) => name !== 'stranger').map((name) => ({ id: `id-${name}`, username: name, name, email: '' })),
        unknown: names.filter((name) => name === 'stranger'),
      }),
    isMember: () => Promise.resolve(true),
    createChannel: change(asked, 'createChannel', CHANNEL),
    setHeader: change(asked, 'setHeader', {}),
    addMember: change(asked, 'addMember', {}),
    post: change(asked, 'post', { id: 'p1', url: 'https://chat.example/p1' }),
    updatePost: change(asked, 'updatePost', {}),
    archiveChannel: change(asked, 'archiveChannel', {}),
  };
  return { chat, asked };
}

export function createFakeTracker() {
  const asked: Asked = [];
  const tracker: Tracker = {
    createIssue: change(asked, 'createIssue', { id: '1001', key: 'OPS-1', url: 'https://jira.example/OPS-1' }),
    transitionIssue: change(asked, 'transitionIssue', { status: 'Done', changed: true }),
    readStatus: () => Promise.resolve({ status: 'Open', done: false }),
  };
  return { tracker, asked };
}

export function pagerIncident(more: Partial<PagerIncident> = {}): PagerIncident {
  return {
    id: 'PINC1',
    number: 1,
    status: 'triggered',
    title: 'Disk full',
    url: 'https://pd.example/incidents/PINC1',
    escalationPolicyId: 'PPOL1',
    statusChangedAt: '2026-03-01T10:00:00Z',
    actor: undefined,
    ...more,
  };
}

export function createFakePager(incidents: readonly PagerIncident[] = [pagerIncident()]) {
  const asked: Asked = [];
  const pager: Pager = {
    readIncident: (id) => Promise.resolve(incidents.find((one) => one.id === id)),
    readIncidents: (ids) => {
      asked.push(`readIncidents ${ids.join(' ')}`);
      return Promise.resolve(incidents.filter((one) => ids.includes(one.id)));
    },
    findOnCall: () => Promise.resolve([{ id: 'PUSER1', name: 'Ada', email: 'ada@example.test' }]),
    findUserByEmail: (email) => Promise.resolve(email === 'ada@example.test' ? { id: 'PUSER1', email } : undefined),
    setStatus: change(asked, 'setStatus', { status: 'acknowledged', changed: true }),
  };
  return { pager, asked };
}
