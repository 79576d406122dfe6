import { z } from 'zod';
import type { Simulator } from '../../src/simulator/start.ts';
import type { LedgerEntry } from '../../src/simulator/vendor.ts';
import type { TestIncident } from './people.ts';

/** Every post that a run of the shipped playbook makes when it is acknowledged and then resolved. */
const POSTS = ['Card-2', 'Links-2', 'Announce-2', 'SayAck-3', 'SayDone-4', 'AnnounceDone-4'];
const MEMBERS = ['alice', 'bob', 'kathy'];

const Made = z.object({ displayName: z.string() });
const Issue = z.object({ summary: z.string() });
const Post = z.object({ message: z.string(), channel: z.string() });
const Update = z.object({ props: z.object({ ib_update: z.string() }) });
const Header = z.object({ header: z.string() });

/**
 * What is lost and what is doubled, by the vendors' own ledger: the bridge's database isn't asked. Empty = everything happened, once.
 * For runs that went through Setup, Triggered, Acknowledged and Resolved.
 */
export function judge(simulator: Simulator, incidents: readonly TestIncident[]): readonly string[] {
  return incidents.flatMap((incident) => judgeOne(simulator, incident).map((problem) => `${incident.title}: ${problem}`));
}

function judgeOne(simulator: Simulator, { id, title }: TestIncident): readonly string[] {
  const { ledger, mattermost, jira, pagerduty } = simulator;
  const problems: string[] = [];
  const expect = (what: string, times: number, expected = 1): void => {
    if (times !== expected) problems.push(`${what} happened ${times} times, not ${expected}`);
  };
  const of = (effect: string, test: (entry: LedgerEntry) => boolean) => ledger.filter((entry) => entry.effect === effect && test(entry));
  const about = (word: string) => of(`incident.${word}`, (entry) => entry.subject === id).length;

  expect('incident.acknowledged', about('acknowledged'));
  expect('incident.resolved', about('resolved'));
  expect('incident.reopened', about('reopened'), 0);
  expect('incident.unacknowledged', about('unacknowledged'), 0);
  const status = pagerduty.incident(id)?.status;
  if (status !== 'resolved') problems.push(`PagerDuty says ${status ?? 'nothing'}`);

  const channels = of('channel.created', (entry) => Made.parse(entry.detail).displayName.endsWith(`: ${title}`));
  expect('channel.created', channels.length);
  const issues = of('issue.created', (entry) => Issue.parse(entry.detail).summary === title);
  expect('issue.created', issues.length);
  const [channel] = channels;
  const [issue] = issues;
  if (!channel || !issue) return problems;

  expect('issue.transitioned', of('issue.transitioned', (entry) => entry.subject === issue.subject).length);
  if (jira.statusOf(issue.subject) !== 'Done') problems.push(`${issue.subject} is ${jira.statusOf(issue.subject) ?? 'gone'}`);

  const marker = channel.marker.replace(/WarRoom-1$/, '');
  if (issue.marker !== `${marker}Ticket-1`) problems.push(`channel and issue belong to two runs: ${channel.marker}, ${issue.marker}`);
  problems.push(
    ...judgePosts(
      of('post.created', (entry) => entry.marker.startsWith(marker)),
      marker,
    ),
  );
  const updates = of('post.updated', (entry) => entry.marker.startsWith(marker)).map((entry) => Update.parse(entry.detail).props.ib_update);
  for (const update of doubled(updates)) problems.push(`the change ${update} of a post was made twice`);

  const view = mattermost.channels().find((one) => one.id === channel.subject);
  const members = of('member.added', (entry) => entry.subject.startsWith(`${view?.name ?? ''}/`)).map(
    (entry) => entry.subject.split('/')[1],
  );
  for (const name of MEMBERS) expect(`adding ${name}`, members.filter((one) => one === name).length);
  const headers = of('channel.header', (entry) => entry.subject === channel.subject).map((entry) => Header.parse(entry.detail).header);
  for (const header of doubled(headers)) problems.push(`the header was set twice to ${header}`);
  if (!headers.at(-1)?.includes(issue.subject)) problems.push(`the header does not link to the issue: ${headers.at(-1) ?? 'none'}`);

  const posts = view ? mattermost.posts(view.name) : [];
  if (posts.some((post) => post.attachments.some((section) => section.actions.length > 0))) problems.push('a card still has buttons');
  if (!posts.some((post) => post.message.startsWith('PagerDuty') && post.message.includes(issue.subject)))
    problems.push('no post links to the issue');
  if (!posts.some((post) => post.message.includes('resolved by'))) problems.push('the card does not say who resolved it');
  return problems;
}

function judgePosts(entries: readonly LedgerEntry[], marker: string): readonly string[] {
  const problems: string[] = [];
  const made = entries.map((entry) => entry.marker.slice(marker.length));
  for (const name of POSTS) if (!made.includes(name)) problems.push(`the post ${name} is lost`);
  for (const name of made) if (!POSTS.includes(name)) problems.push(`nobody asked for the post ${name}`);
  for (const name of doubled(made)) problems.push(`the post ${name} was made twice`);
  const texts = entries.map((entry) => Post.parse(entry.detail)).map((post) => `${post.channel}: ${post.message}`);
  for (const text of doubled(texts)) problems.push(`this was posted twice: ${text}`);
  return problems;
}

function doubled(list: readonly string[]): readonly string[] {
  return [...new Set(list.filter((one, index) => list.indexOf(one) !== index))];
}

/** What the bridge's own store must not hold when all is over. Each row is a problem. */
export const UNSETTLED = `
SELECT 'run ' || title || ' is ' || state || ' in ' || step || ' ' || attention AS problem FROM bridge.runs WHERE state <> 'finished'
UNION ALL SELECT 'effect ' || key || ' is ' || state || coalesce(': ' || error, '') FROM bridge.effects WHERE state NOT IN ('done', 'skipped')
UNION ALL SELECT 'delivery ' || delivery_key || ' is undecided' FROM bridge.deliveries WHERE state = 'new'
UNION ALL SELECT 'delivery ' || delivery_key || ' was given up: ' || reason FROM bridge.deliveries WHERE outcome = 'dead'`;
