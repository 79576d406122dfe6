import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { maskSecrets, showControls } from '../../src/console/delivery-view.ts';
import { isWebAddress } from '../../src/console/run-view.ts';
import { z } from 'zod';
import { seedDelivery, seedRun } from './seed.ts';
import { getJson, logIn, startConsole } from './start-console.ts';
import type { TestConsole } from './start-console.ts';
import { seedStory } from './story.ts';
import type { Story } from './story.ts';

let running: TestConsole;
let cookie: string;
let story: Story;
beforeAll(async () => {
  running = await startConsole();
  cookie = await logIn(running);
  story = await seedStory(running.database);
});
afterAll(() => running.close());

const RunList = z.object({
  runs: z.array(z.looseObject({ id: z.string(), number: z.number(), state: z.string() })),
  nextCursor: z.string().optional(),
  counts: z.record(z.string(), z.number()),
});
const get = (path: string) => getJson(`${running.url}/api/v1${path}`, cookie);
const listRuns = async (query: string) => RunList.parse(await get(`/runs${query}`));
const numbers = (list: z.infer<typeof RunList>) => list.runs.map((run) => run.number);

test('runs are listed by state, with counts', async () => {
  expect(numbers(await listRuns(''))).toEqual([13, 12, 11, 10, 9, 8]);
  expect(numbers(await listRuns('?state=open'))).toEqual([13, 12, 11]);
  expect(numbers(await listRuns('?state=ended'))).toEqual([10, 9, 8]);
  expect(numbers(await listRuns('?state=attention'))).toEqual([12]);
  expect((await listRuns('?state=cancelled')).counts).toEqual({
    running: 2,
    parked: 1,
    finishing: 0,
    finished: 1,
    failed: 1,
    cancelled: 1,
    attention: 1,
  });
});

test('pages follow each other without a gap or a double', async () => {
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await listRuns(`?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    seen.push(...numbers(page));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(seen).toEqual([13, 12, 11, 10, 9, 8]);
  for (const bad of [
    'x',
    Buffer.from("2026-99-99 00:00:00+00|' OR 1=1").toString('base64url'),
    Buffer.from('2026-13-01 00:00:00+00|00000000-0000-0000-0000-000000000000').toString('base64url'),
  ]) {
    const response = await fetch(`${running.url}/api/v1/runs?cursor=${bad}`, { headers: { Cookie: cookie } });
    expect(response.status).toBe(400);
  }
});

test('who acknowledged is read from the step that is marked so', async () => {
  const { runs } = await listRuns('');
  expect(runs.map((run) => run['acknowledgedBy'])).toEqual([undefined, undefined, 'Sam Okafor', undefined, 'Kathy Lopez', undefined]);
});

test('a run tells what is stuck, what can be done, and where its things are', async () => {
  expect(await get(`/runs/${story.parked}`)).toMatchObject({
    can: { retry: true, skip: true, cancel: true },
    stuck: [{ action: 'Ticket', state: 'failed', attempts: 3, error: 'Jira answered 401 Unauthorized' }],
    links: [
      { kind: 'incident', source: 'pagerduty' },
      { kind: 'channel', name: 'INC 12: Checkout answers 502' },
    ],
    references: [{ kind: 'chat.channel' }, { kind: 'pager.incident' }],
    deliveries: [{ outcome: 'ignored' }, { outcome: 'started' }],
  });
  expect(await get(`/runs/${story.finished}`)).toMatchObject({
    can: { retry: false, skip: false, cancel: false },
    links: [{}, {}, { kind: 'issue', name: 'OPS-41' }],
  });
  expect(await get(`/runs/${story.acknowledged}`)).toMatchObject({ can: { retry: false, skip: false, cancel: true } });
});

test('the journal hides the tokens of our buttons', async () => {
  const id = await seedRun(running.database, {
    number: 899,
    state: 'finished',
    title: 'tokens',
    startedSecondsAgo: 999_999,
    effects: [
      {
        action: 'Card',
        change: 'chat.post',
        state: 'done',
        at: 0,
        input: { buttons: [{ label: 'Resolve', token: 'canary-token' }], filler: 'x'.repeat(4000) },
        output: { token: 'canary-token' },
      },
    ],
  });
  const text = JSON.stringify(await get(`/runs/${id}`));
  expect(text).toContain('Resolve');
  expect(text).not.toContain('canary');
});

test('links lead to the web only', async () => {
  for (const url of [
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '//evil',
    '/relative',
    'file:///etc/passwd',
    ' javascript:alert(1)',
    '',
  ])
    expect(isWebAddress(url)).toBe(false);
  const id = await seedRun(running.database, {
    number: 900,
    state: 'finished',
    title: 'links',
    startedSecondsAgo: 999_999,
    url: 'javascript:alert(1)',
    outputs: { T: { Key: 'X-1', URL: 'javascript:alert(2)' } },
  });
  expect(await get(`/runs/${id}`)).toMatchObject({ links: [] });
});

test('an entry of a newer version is shown by its name', async () => {
  const id = await seedRun(running.database, { number: 901, state: 'finished', title: 'newer', startedSecondsAgo: 999_999 });
  await running.database.query(`INSERT INTO bridge.timeline (run_id, kind, data) VALUES ($1, 'escalated', '{"level":2}')`, [id]);
  expect(await get(`/runs/${id}`)).toMatchObject({ timeline: [{ entry: { kind: 'unknown', name: 'escalated' } }] });
});

test('deliveries are listed with outcome and reason, filtered and paged', async () => {
  const List = z.object({
    deliveries: z.array(z.looseObject({ id: z.string(), outcome: z.string(), runs: z.array(z.unknown()) })),
    nextCursor: z.string().optional(),
  });
  const first = List.parse(await get('/deliveries?limit=5'));
  const second = List.parse(await get(`/deliveries?limit=5&cursor=${first.nextCursor ?? ''}`));
  expect([...first.deliveries, ...second.deliveries].map(({ id }) => id)).toEqual([...story.deliveries].reverse());
  expect(second.nextCursor).toBeUndefined();
  expect(first.deliveries.map(({ outcome }) => outcome)).toEqual(['waiting', 'ignored', 'started', 'ignored', 'echo']);
  expect(first.deliveries[2]?.runs).toMatchObject([{ id: story.parked, number: 12 }]);
  expect(List.parse(await get('/deliveries?outcome=waiting')).deliveries).toHaveLength(1);
  expect(List.parse(await get('/deliveries?outcome=unreadable&source=pagerduty')).deliveries).toHaveLength(1);
});

test('a delivery shows its body as text and hides what could be a secret', async () => {
  const body = Buffer.concat([
    Buffer.from('{"token":"canary-1","a":{"api_key": "canary-2\\"x"},"t":"\u202eevil\u0000"}'),
    Buffer.from([0xff]),
  ]);
  const id = await seedDelivery(running.database, {
    body,
    headers: { authorization: 'Bearer canary-3', 'content-type': 'application/json', 'x-odd': 'canary-4' },
  });
  const text = JSON.stringify(await get(`/deliveries/${id}`));
  expect(text).not.toContain('canary');
  expect(text).toContain('application/json');
  expect(text).toContain(JSON.stringify('\\u202eevil\\u0000').slice(1, -1));
  expect(text).toContain('\ufffd');
});

test('masking is quick on bodies that were made to slow it', () => {
  const started = performance.now();
  for (const text of [
    `"${'token'.repeat(100_000)}`,
    'token'.repeat(100_000),
    `"token":"${'\\'.repeat(500_000)}`,
    `&${'a%'.repeat(250_000)}`,
    '"'.repeat(500_000),
  ])
    maskSecrets(text);
  expect(performance.now() - started).toBeLessThan(2000);
});

test('form bodies are masked too, and control signs shown', () => {
  expect(maskSecrets('team=a&token=abc&text=x')).toBe('team=a&token=••••••&text=x');
  expect(showControls('a\u0007b\u2066c\nd\te')).toBe('a\\u0007b\\u2066c\nd\te');
});

test('unknown things are a 404 with a code', async () => {
  for (const [path, code] of [
    ['runs', 'run.unknown'],
    ['deliveries', 'delivery.unknown'],
  ]) {
    const response = await fetch(`${running.url}/api/v1/${path}/00000000-0000-4000-8000-000000000000`, { headers: { Cookie: cookie } });
    expect([response.status, await response.json()]).toEqual([404, expect.objectContaining({ code })]);
  }
});
