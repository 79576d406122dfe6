import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '../../src/core/clock.ts';
import { ConfigError, InDoubtError, messageOf, PermanentError, RetryableError } from '../../src/core/errors.ts';
import { Actor, EventFields, IncidentEvent, Reference } from '../../src/core/event.ts';
import { FAILPOINTS, parseFailpoint } from '../../src/core/failpoint.ts';
import { ActionCommon, Name } from '../../src/core/playbook.ts';
import { isOpen, RUN_STATES } from '../../src/core/run.ts';
import { makeEvent } from '../engine/make-run.ts';

const Duration = ActionCommon.shape.timeout.unwrap();

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['365d', 31_536_000_000],
  ])('%s is %d ms', (text, ms) => {
    expect(Duration.parse(text)).toBe(ms);
  });

  it.each(['', '5', '5 m', '-5m', '1.5h', '5M', '366d', '99999999999999999999s', 'm', '5m5s'])('%j is none', (text) => {
    expect(Duration.safeParse(text).success).toBe(false);
  });

  it('is never anything but a whole number of milliseconds', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = Duration.safeParse(text);
        if (parsed.success) expect(Number.isSafeInteger(parsed.data)).toBe(true);
      }),
    );
  });
});

describe('a name', () => {
  it('is ASCII letters, digits and underscores, beginning with a letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(Name.safeParse(text).success).toBe(/^[A-Za-z][A-Za-z0-9_]*$/.test(text) && !text.endsWith('\n'));
      }),
    );
    expect(Name.safeParse('A\n').success).toBe(false);
  });
});

describe('errors', () => {
  it.each([
    [RetryableError, 'retryable'],
    [PermanentError, 'permanent'],
    [ConfigError, 'config'],
    [InDoubtError, 'in_doubt'],
  ] as const)('%p is of the kind %s and keeps code, message and cause', (Kind, kind) => {
    const cause = new Error('socket');
    const error = new Kind({ code: 'x.y', message: 'what to do', cause });
    expect(error).toMatchObject({ kind, code: 'x.y', message: 'what to do', cause, name: Kind.name });
    expect(error).toBeInstanceOf(Error);
  });

  it('count as an attempt unless nothing was sent', () => {
    expect(new RetryableError({ code: 'x', message: 'm' }).countsAsAttempt).toBe(true);
    expect(new RetryableError({ code: 'x', message: 'm', countsAsAttempt: false }).countsAsAttempt).toBe(false);
  });

  it('have a text, whatever was thrown', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined), messageOf(null)]).toEqual(['a', 'b', 'undefined', 'null']);
  });
});

describe('events', () => {
  it('refuse what is not theirs, and an actor without a name', () => {
    expect(IncidentEvent.safeParse(makeEvent('triggered')).success).toBe(true);
    expect(IncidentEvent.safeParse({ ...makeEvent('triggered'), extra: 1 }).success).toBe(false);
    expect(IncidentEvent.safeParse({ ...makeEvent('triggered'), occurredAt: 'yesterday' }).success).toBe(false);
    expect(Actor.safeParse({ name: '' }).success).toBe(false);
    expect(Reference.safeParse({ kind: 'pager.incident', value: '' }).success).toBe(false);
  });

  it('have an empty text for every field that is not set', () => {
    expect(EventFields.parse({})).toMatchObject({ Title: '', URL: '', MergedInto: { URL: '' }, Vendor: {} });
  });

  it('have a time that can be compared, whatever offset it was written with', () => {
    const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(time, fc.integer({ min: -14, max: 14 }), (date, hours) => {
        const shifted = new Date(date.getTime() + hours * 3_600_000)
          .toISOString()
          .replace('Z', `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`);
        const { occurredAt } = IncidentEvent.parse({ ...makeEvent('triggered'), occurredAt: shifted });
        expect(new Date(occurredAt).toISOString()).toBe(date.toISOString());
      }),
    );
  });
});

describe('run states', () => {
  it('are open until the run has ended', () => {
    expect(RUN_STATES.filter(isOpen)).toEqual(['running', 'parked', 'finishing']);
  });
});

describe('a failpoint', () => {
  it.each([
    ['effect.after-call', [['effect.after-call', 'x']], 1],
    [
      'effect.after-call:chat.post',
      [
        ['effect.after-call', 'x'],
        ['effect.after-call', 'chat.post'],
      ],
      2,
    ],
    [
      'effect.after-call:chat.post@2',
      [
        ['effect.after-call', 'chat.post'],
        ['effect.after-call', 'chat.post'],
      ],
      2,
    ],
    ['release.before@3', [['release.before'], ['release.after'], ['release.before'], ['release.before']], 4],
  ] as const)('%s kills at its hit and at no other', (text, hits, at) => {
    let killedAt = 0;
    let count = 0;
    const failpoint = parseFailpoint(text, () => (killedAt = count));
    for (const [name, detail] of [...hits, ...hits]) {
      count += 1;
      failpoint(name, detail);
      if (killedAt > 0) break;
    }
    expect(killedAt).toBe(at);
  });

  it.each(['nothing', 'effect.after-call@', 'effect.after-call:', ''])('that is none is refused: %j', (text) => {
    expect(() => parseFailpoint(text, () => undefined)).toThrow(/FAILPOINT/);
    expect(() => parseFailpoint(text, () => undefined)).toThrow(FAILPOINTS[0]);
  });
});

describe('the system clock', () => {
  it('ends a sleep at once when it is aborted, before or meanwhile, without a rejection', async () => {
    await systemClock.sleep(60_000, AbortSignal.abort());
    const abort = new AbortController();
    const sleep = systemClock.sleep(60_000, abort.signal);
    abort.abort();
    await sleep;
    await systemClock.sleep(0);
  });
});
