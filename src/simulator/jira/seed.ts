import type { JiraUser, Project, Status } from './model.ts';

export const BRIDGE_EMAIL = 'bridge@example.test';
export const BRIDGE_TOKEN = 'simulated-jira-token';
export const BRIDGE_ACCOUNT_ID = '557058:00000000-0000-4000-8000-0000000000b0';

const user = (number: number, displayName: string, email: string, emailVisible = true): JiraUser => ({
  accountId: `557058:00000000-0000-4000-8000-00000000000${number}`,
  displayName,
  email,
  emailVisible,
});

export const USERS: readonly JiraUser[] = [
  { accountId: BRIDGE_ACCOUNT_ID, displayName: 'Incident Bridge', email: BRIDGE_EMAIL, emailVisible: true },
  user(1, 'Maya Okafor', 'maya@example.test'),
  user(2, 'Alice Lindqvist', 'alice@example.test'),
  user(3, 'Bob Tanaka', 'bob@example.test'),
  user(4, 'Carol Reyes', 'carol@example.test', false),
];

export const PRIORITIES: readonly string[] = ['Highest', 'High', 'Medium', 'Low', 'Lowest'];
export const RESOLUTIONS: readonly string[] = ['Done', "Won't Do", 'Duplicate'];

const toDo: Status = { id: '10000', name: 'To Do', category: 'new' };
const inProgress: Status = { id: '10001', name: 'In Progress', category: 'indeterminate' };
const done: Status = { id: '10002', name: 'Done', category: 'done' };
const offen: Status = { id: '10010', name: 'Offen', category: 'new' };
const inArbeit: Status = { id: '10011', name: 'In Arbeit', category: 'indeterminate' };
const erledigt: Status = { id: '10012', name: 'Erledigt', category: 'done' };

const issueTypes = [
  { id: '10101', name: 'Incident' },
  { id: '10102', name: 'Task' },
  { id: '10103', name: 'Bug' },
] as const;
const fullScreen = ['summary', 'description', 'labels', 'priority', 'assignee'] as const;

export const PROJECTS: readonly Project[] = [
  {
    id: '10200',
    key: 'OPS',
    name: 'Operations',
    issueTypes,
    screen: fullScreen,
    workflow: {
      statuses: [toDo, inProgress, done],
      transitions: [
        { id: '11', name: 'To Do', from: [inProgress.id, done.id], to: toDo.id },
        { id: '21', name: 'In Progress', from: [toDo.id, done.id], to: inProgress.id },
        { id: '31', name: 'Done', from: [toDo.id, inProgress.id], to: done.id },
      ],
    },
  },
  {
    id: '10201',
    key: 'HOPS',
    name: 'Two hops to done',
    issueTypes,
    screen: fullScreen,
    workflow: {
      statuses: [toDo, inProgress, done],
      transitions: [
        { id: '11', name: 'Start work', from: [toDo.id], to: inProgress.id },
        { id: '21', name: 'Finish', from: [inProgress.id], to: done.id },
        { id: '31', name: 'Reopen', from: [done.id], to: toDo.id },
      ],
    },
  },
  {
    id: '10202',
    key: 'ODD',
    name: 'Statuses in German, a required resolution',
    issueTypes,
    screen: fullScreen,
    workflow: {
      statuses: [offen, inArbeit, erledigt],
      transitions: [
        { id: '41', name: 'Beginnen', from: [offen.id], to: inArbeit.id },
        { id: '51', name: 'Abschließen', from: [offen.id, inArbeit.id], to: erledigt.id, needsResolution: true },
        { id: '61', name: 'Wieder öffnen', from: [erledigt.id], to: offen.id },
      ],
    },
  },
  {
    id: '10203',
    key: 'BARE',
    name: 'A create screen without priority and assignee',
    issueTypes,
    screen: ['summary', 'description', 'labels'],
    workflow: {
      statuses: [toDo, done],
      transitions: [{ id: '11', name: 'Close', from: [toDo.id], to: done.id }],
    },
  },
];
