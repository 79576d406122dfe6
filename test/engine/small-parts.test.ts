import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { actions } from '../../src/actions/index.ts';
import { createKeyedLock } from '../../src/engine/keyed-lock.ts';
import { checkPath, namesOf } from '../../src/engine/names.ts';
import { createRegistry } from '../../src/engine/registry.ts';
import { nearest } from '../../src/core/nearest.ts';
import { retryDelayMs } from '../../src/engine/retry-delay.ts';
import { dueOf } from '../../src/engine/due.ts';
import { triggers } from '../../src/triggers/index.ts';
import { registry } from './make-run.ts';

describe('retryDelayMs', () => {
  it('lies between nothing and a limit that doubles from one second', () => {
    expect([0, 1, 2, 3, 8].map((attempts) => retryDelayMs(attempts, 300_000, undefined, () => 1))).toEqual([
      1000, 2000, 4000, 8000, 256_000,
    ]);
    expect(retryDelayMs(5, 300_000, undefined, () => 0)).toBe(0);
  });

  it('never exceeds the longest pause, however many attempts, and never falls below the vendor’s wish', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 1e9 }),
        fc.nat(3_600_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, longest, floor, roll) => {
          const delay = retryDelayMs(attempts, longest, floor, () => roll);
          expect(delay).toBeGreaterThanOrEqual(floor);
          expect(delay).toBeLessThanOrEqual(Math.max(longest, floor));
        },
      ),
    );
  });
});

describe('dueOf', () => {
  it('adds milliseconds, and its texts sort like times', () => {
    expect(dueOf('2026-03-01T10:00:00.000Z', 90_000)).toBe('2026-03-01T10:01:30.000Z');
    const time = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(dueOf(new Date(a).toISOString(), 0) < dueOf(new Date(b).toISOString(), 0)).toBe(a < b);
      }),
    );
  });
});

describe('the registry', () => {
  it('refuses a type that is there already', () => {
    expect(() => createRegistry([...actions, ...actions.slice(0, 1)], triggers)).toThrow('"create_channel" is registered twice');
    expect(() => createRegistry(actions, [...triggers, ...triggers])).toThrow('registered twice');
  });
});

describe('nearest', () => {
  it.each([
    ['pots', 'post'],
    ['creat_channel', 'create_channel'],
    ['POST', 'post'],
    ['unrelated_thing', undefined],
    ['', undefined],
  ])('to %j is %s', (word, expected) => {
    expect(nearest(word, registry.actions.keys())).toBe(expected);
  });
});

describe('checkPath', () => {
  const names = namesOf(
    registry,
    ['Incident'],
    [
      { name: 'Ticket', type: 'create_issue' },
      { name: 'New', type: 'not_known' },
    ],
  );
  it.each([
    [['Event', 'Title'], undefined],
    [['Event', 'Vendor', 'anything', 'at', 'all'], undefined],
    [['Action', 'Ticket', 'Key'], undefined],
    [['Action', 'New', 'Whatever'], undefined],
    [['Trigger', 'Incident', 'Message'], undefined],
    [['Event', 'Titel'], 'Titel'],
    [['Action', 'Ticket', 'Kye'], 'Kye'],
    [['Action', 'ToString'], 'ToString'],
    [['constructor'], 'constructor'],
    [['Event', '__proto__'], '__proto__'],
  ])('of %j finds wrong: %s', (path, wrong) => {
    expect(checkPath(path, names)?.unknown).toBe(wrong);
  });
});

describe('the keyed lock', () => {
  it('lets one at a time in for each key, in the order of asking', async () => {
    const locks = createKeyedLock();
    const order: string[] = [];
    const first = await locks.take('a');
    const second = locks.take('a').then((letGo) => {
      order.push('second');
      return letGo;
    });
    const third = locks.take('a').then((letGo) => {
      order.push('third');
      letGo();
    });
    (await locks.take('b'))();
    order.push('other');
    first();
    (await second)();
    await third;
    expect(order).toEqual(['other', 'second', 'third']);
  });
});
