import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { runCommand } from '../support/run-command.ts';

const Result = z.strictObject({
  ok: z.boolean(),
  reasons: z.array(z.string()),
  run: z.object({ id: z.string(), playbook: z.string(), number: z.number(), state: z.string(), step: z.string(), title: z.string() }),
  effects: z.array(z.object({ vendor: z.string(), effect: z.string(), subject: z.string(), by: z.string() })),
  durationMs: z.number(),
});

describe('incident-bridge demo', () => {
  test('--once --json plays the main job and prints one JSON object on stdout', async () => {
    const { code, out, err } = await runCommand(['demo', '--once', '--json']);
    expect(err).toBe('');
    expect(out.trim().split('\n')).toHaveLength(1);
    const result = Result.parse(JSON.parse(out));
    expect(result.reasons).toEqual([]);
    expect(result.ok).toBe(true);
    expect(code).toBe(0);
    expect(result.run).toMatchObject({ playbook: 'pagerduty_incident', number: 1, state: 'finished', step: 'Resolved' });
    const by = (effect: string) => result.effects.filter((one) => one.effect === effect).map((one) => one.by);
    expect(by('incident.acknowledged')).toEqual(['alice@example.test']);
    expect(by('incident.resolved')).toEqual(['alice@example.test']);
  }, 60_000);
});
