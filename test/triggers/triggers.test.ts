import { describe, expect, it } from '@jest/globals';
import { triggers } from '../../src/triggers/index.ts';
import { manual } from '../../src/triggers/manual.ts';
import { pagerduty } from '../../src/triggers/pagerduty.ts';
import { loadPlaybooks } from '../../src/engine/load-playbook.ts';
import { makeEvent, playbookText, registry } from '../engine/make-run.ts';

describe('triggers', () => {
  it.each(triggers.map((trigger) => [trigger.type, trigger] as const))('%s has an example that a playbook may hold', (type, trigger) => {
    const text = playbookText('  - { name: A, start_actions: [{ name: E, type: finished_workflow }] }').replace(
      '{ name: Incident, type: pagerduty }',
      JSON.stringify({ name: 'Example', type, ...trigger.example }),
    );
    expect(loadPlaybooks('x', text, registry)).toMatchObject({ ok: true });
  });

  it('of PagerDuty wait for triggered where they say nothing, or for what they name', () => {
    const usual = pagerduty.options.parse({});
    expect(pagerduty.match(makeEvent('triggered'), usual)).toBe(true);
    expect(pagerduty.match(makeEvent('resolved'), usual)).toBe(false);
    expect(pagerduty.match(makeEvent('triggered', 0, { source: 'jira' }), usual)).toBe(false);
    const named = pagerduty.options.parse({ events: ['reopened', 'pagerduty:incident.delegated'] });
    expect(pagerduty.match(makeEvent('reopened'), named)).toBe(true);
    expect(pagerduty.match(makeEvent('reassigned', 0, { vendorType: 'pagerduty:incident.delegated' }), named)).toBe(true);
    expect(pagerduty.match(makeEvent('triggered'), named)).toBe(false);
  });

  it('name what is wrong in their options', () => {
    expect(pagerduty.options.safeParse({ events: [] }).error?.issues[0]?.path).toEqual(['events']);
    expect(pagerduty.options.safeParse({ event: 'triggered' }).error?.issues[0]).toMatchObject({ keys: ['event'] });
  });

  it('started by hand wait for nothing else', () => {
    expect(manual.match(makeEvent('triggered', 0, { source: 'manual' }), {})).toBe(true);
    expect(manual.match(makeEvent('triggered'), {})).toBe(false);
  });
});
