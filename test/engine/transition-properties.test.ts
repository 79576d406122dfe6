import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isOpen, RunDoc } from '../../src/core/run.ts';
import { TimelineEntry } from '../../src/core/timeline.ts';
import { nextDue } from '../../src/engine/due.ts';
import type { Transitioned } from '../../src/engine/run-input.ts';
import { transition } from '../../src/engine/transition.ts';
import { happening, playbookDocument, toInput, type Happening } from './arbitraries.ts';
import { beginRun, deepFreeze, loadOne, type TestRun } from './make-run.ts';

/** Fixed lives, so that a red test is red again; PROPERTY_RUNS=5000 looks further, with lives that are new each time. */
const RUNS = process.env['PROPERTY_RUNS'] ? { numRuns: Number(process.env['PROPERTY_RUNS']) } : { numRuns: 50, seed: 20260301 };

/** Drives a generated run and calls `look` after every transition. Any throw fails the property: that is "total". */
function drive(
  document: object,
  happenings: readonly Happening[],
  look: (run: TestRun, before: RunDoc, result: Transitioned) => void,
): TestRun {
  const run = beginRun(loadOne(JSON.stringify(document)));
  for (const what of happenings) {
    const before = run.doc();
    const input = toInput(what, before, run.now());
    if (input) look(run, before, run.tell(input));
    else run.pass(Math.abs(what.afterMs));
  }
  return run;
}

const lives = fc.tuple(playbookDocument, fc.array(happening, { minLength: 1, maxLength: 60, size: 'max' }));
const always = (look: Parameters<typeof drive>[2]) =>
  fc.assert(
    fc.property(lives, ([document, happenings]) => void drive(document, happenings, look)),
    RUNS,
  );

describe('transition', () => {
  it('never throws, and gives a document and a timeline that can be stored and read again', () => {
    always((_run, _before, { doc, timeline }) => {
      expect(RunDoc.parse(JSON.parse(JSON.stringify(doc)))).toEqual(JSON.parse(JSON.stringify(doc)));
      for (const entry of timeline) TimelineEntry.parse(entry);
    });
  });

  it('gives the same for the same, and leaves its input alone', () => {
    fc.assert(
      fc.property(lives, ([document, happenings]) => {
        const run = beginRun(loadOne(JSON.stringify(document)));
        for (const what of happenings) {
          const input = toInput(what, run.doc(), run.now());
          if (!input) continue;
          const before = deepFreeze(structuredClone(run.doc()));
          const twin = transition(run.rules, before, deepFreeze(input), run.now());
          expect(run.tell(input)).toEqual(twin);
        }
      }),
      RUNS,
    );
  });

  it('never leaves or changes an end state', () => {
    always((_run, before, { doc }) => {
      if (!isOpen(before.state)) expect(doc).toEqual(before);
    });
  });

  it('leaves each visit at most once: one step entered for each', () => {
    fc.assert(
      fc.property(lives, ([document, happenings]) => {
        const run = drive(document, happenings, () => undefined);
        const entered = run.timeline.filter((entry) => entry.kind === 'step_entered');
        expect(entered).toHaveLength(run.doc().visit);
        expect(entered.at(-1)?.step).toBe(run.doc().step);
        const taken = run.timeline.filter((entry) => entry.kind === 'signal_taken');
        expect(taken.length).toBeLessThanOrEqual(run.doc().visit);
      }),
      RUNS,
    );
  });

  it('has one waiting call at most', () => {
    always((_run, _before, { doc }) => {
      expect(doc.invocations.filter((one) => one.wait && one.state === 'open').length).toBeLessThanOrEqual(1);
    });
  });

  it('keeps at most one invocation of an action and visit', () => {
    always((_run, _before, { doc }) => {
      const names = doc.invocations.map((one) => `${one.action} ${one.visit}`);
      expect(new Set(names).size).toBe(names.length);
    });
  });

  it('tells in the timeline what the document says', () => {
    always((run, before, { doc, timeline, marks }) => {
      const kinds = timeline.map((entry) => entry.kind);
      if (doc.state === 'parked' && before.state !== 'parked') expect(kinds).toContain('parked');
      expect(kinds.filter((kind) => kind === 'run_ended')).toHaveLength(isOpen(before.state) && !isOpen(doc.state) ? 1 : 0);
      expect(doc.state === 'parked').toBe(doc.attention !== '');
      const done = timeline.flatMap((entry) => (entry.kind === 'action_done' ? [entry.action] : []));
      for (const action of done) expect(doc.outputs).toHaveProperty(action);
      expect(timeline.flatMap((entry) => (entry.kind === 'step_entered' && entry.marks ? [entry.marks] : []))).toEqual(marks);
      expect(run.rules.facts.playbook.steps.has(doc.step)).toBe(true);
    });
  });

  it('shows no live button of a visit that is over', () => {
    always((_run, _before, { doc }) => {
      for (const post of doc.posts) if (post.buttonsVisit !== 0) expect(post.buttonsVisit).toBe(doc.visit);
    });
  });

  it('ends only when nothing is open and everything is drawn', () => {
    always((_run, _before, { doc }) => {
      if (isOpen(doc.state)) return;
      expect(doc.invocations.filter((one) => one.state === 'open')).toEqual([]);
      expect(doc.posts.filter((post) => post.revision > post.drawn)).toEqual([]);
    });
  });

  it('wants to be woken for what waits for its time, and never after its end', () => {
    always((run, _before, { doc }) => {
      const due = nextDue(run.rules, doc);
      if (!isOpen(doc.state)) return expect(due).toBeUndefined();
      const waiting = doc.invocations.flatMap((one) => (one.state === 'open' && one.dueAt !== undefined ? [one.dueAt] : []));
      for (const at of waiting) expect(due !== undefined && due <= at).toBe(true);
      if (due !== undefined) expect(new Date(due).toISOString()).toBe(due);
    });
  });

  it('asks nobody to wait for nothing: an open run waits for a call, a person, a signal or a time', () => {
    always((run, _before, { doc }) => {
      if (doc.state !== 'running') return;
      const waits = doc.invocations.some((one) => one.wait && one.state === 'open');
      expect(waits || doc.stage === 'settled').toBe(true);
      if (doc.stage === 'settled') expect(run.rules.facts.playbook.steps.get(doc.step)?.isLast).toBe(false);
    });
  });
});

describe('the generators', () => {
  it('make playbooks that load, and lives that reach every state and most of what can happen', () => {
    const states = new Set<string>();
    const kinds = new Set<string>();
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(lives, ([document, happenings]) => {
        const run = drive(document, happenings, (_run, _before, { doc, signal }) => {
          states.add(doc.state);
          if (signal) outcomes.add(signal.outcome);
        });
        run.kinds().forEach((kind) => kinds.add(kind));
      }),
      { ...RUNS, numRuns: 150 },
    );
    expect([...states].sort()).toEqual(['cancelled', 'finished', 'finishing', 'parked', 'running']);
    expect([...outcomes].sort()).toEqual(['late', 'moved', 'noted', 'refused']);
    expect([...kinds].sort()).toEqual([
      'action_done',
      'action_failed',
      'action_retrying',
      'action_skipped',
      'operator',
      'parked',
      'run_ended',
      'signal_noted',
      'signal_taken',
      'step_entered',
    ]);
  });
});
