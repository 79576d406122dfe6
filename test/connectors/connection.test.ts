import { describe, expect, test } from '@jest/globals';
import { ConfigError, InDoubtError, PermanentError, RetryableError } from '../../src/core/errors.ts';
import { createConnection } from '../../src/connectors/connection.ts';
import { createTestClock, createTestLog, failureOf } from './open-vendors.ts';

const signal = new AbortController().signal;
const down = () => Promise.reject(new RetryableError({ code: 'acme.http_502', message: 'down' }));
const limited = () => Promise.reject(new RetryableError({ code: 'acme.rate_limited', message: 'slow down' }));
const refused = () => Promise.reject(new ConfigError({ code: 'acme.credentials_refused', message: 'Renew ACME_TOKEN.' }));
const wrong = () => Promise.reject(new PermanentError({ code: 'acme.refused', message: 'no' }));
const lost = () => Promise.reject(new InDoubtError({ code: 'acme.timeout', message: 'late' }));
const fine = () => Promise.resolve('fine');

function open(options: { concurrency?: number; maxWaiting?: number } = {}) {
  const clock = createTestClock();
  const log = createTestLog();
  const connection = createConnection({ id: 'acme', concurrency: 2, clock, log, ...options });
  const run = <T>(call: (signal: AbortSignal) => Promise<T>) => connection.run(call, { signal });
  const fail = async (call: () => Promise<unknown>, times: number) => {
    for (let time = 0; time < times; time += 1) await failureOf(run(call));
  };
  return { clock, log, connection, run, fail };
}

/** A promise to be settled from outside. */
function held() {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

describe('the places', () => {
  test('are given in order of asking, and no more than there are', async () => {
    const { connection, run } = open();
    const gate = held();
    const started: number[] = [];
    const runs = [0, 1, 2, 3].map((number) =>
      run(async () => {
        started.push(number);
        await gate.promise;
      }),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    expect(connection.state().inFlight).toBe(2);
    gate.release();
    await Promise.all(runs);
    expect(started).toEqual([0, 1, 2, 3]);
    expect(connection.state().inFlight).toBe(0);
  });

  test('the queue is bounded', async () => {
    const { run } = open({ concurrency: 1, maxWaiting: 1 });
    const gate = held();
    const running = run(() => gate.promise);
    const waiting = run(fine);
    expect(await failureOf(run(fine))).toMatchObject({ code: 'acme.busy', countsAsAttempt: false });
    gate.release();
    await Promise.all([running, waiting]);
  });

  test('who stops waiting is let go, and takes no place', async () => {
    const { connection, run } = open({ concurrency: 1 });
    const gate = held();
    const running = run(() => gate.promise);
    const stop = new AbortController();
    const waiting = failureOf(connection.run(fine, { signal: stop.signal }));
    const next = run(fine);
    stop.abort();
    expect(await waiting).toMatchObject({ code: 'acme.aborted', countsAsAttempt: false });
    gate.release();
    await Promise.all([running, next]);
    expect(connection.state().inFlight).toBe(0);
    expect(await failureOf(connection.run(fine, { signal: stop.signal }))).toMatchObject({ code: 'acme.aborted' });
  });
});

describe('the circuit', () => {
  test('opens after five failures in a row and sends nothing but one probe', async () => {
    const { clock, connection, run, fail } = open();
    await fail(down, 4);
    expect(connection.state().circuit).toBe('closed');
    await fail(lost, 1);
    expect(connection.state().circuit).toBe('open');
    let sent = 0;
    const count = () => {
      sent += 1;
      return fine();
    };
    const error = await failureOf(run(count));
    expect(error).toMatchObject({ code: 'acme.circuit_open', countsAsAttempt: false });
    expect(sent).toBe(0);
    clock.advance(36_000);
    const gate = held();
    const probe = run(() => gate.promise);
    expect(connection.state().circuit).toBe('probing');
    expect(await failureOf(run(count))).toMatchObject({ code: 'acme.circuit_open', retryAfterMs: 2_000 });
    gate.release();
    await probe;
    expect(connection.state().circuit).toBe('closed');
    expect(await run(count)).toBe('fine');
  });

  test('stays open when the probe fails, and asks again half a minute later', async () => {
    const { clock, connection, run, fail } = open();
    await fail(down, 5);
    clock.advance(36_000);
    await fail(down, 1);
    expect(connection.state().circuit).toBe('open');
    const error = await failureOf(run(fine));
    expect(error).toBeInstanceOf(RetryableError);
    if (error instanceof RetryableError) {
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(24_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(36_000);
    }
  });

  test('opens at half of twenty calls in half a minute', async () => {
    const { connection, run, fail } = open();
    for (let round = 0; round < 9; round += 1) {
      await run(fine);
      await fail(down, 1);
    }
    expect(connection.state().circuit).toBe('closed');
    await run(fine);
    await fail(down, 1);
    expect(connection.state().circuit).toBe('open');
  });

  test('forgets what is older than half a minute', async () => {
    const { clock, connection, run, fail } = open();
    for (let round = 0; round < 9; round += 1) {
      await run(fine);
      await fail(down, 1);
    }
    clock.advance(31_000);
    await run(fine);
    await fail(down, 1);
    expect(connection.state().circuit).toBe('closed');
  });

  test('a rate limit, a refusal and a stop of ours are no failures', async () => {
    const { connection, fail } = open();
    await fail(limited, 10);
    await fail(wrong, 10);
    await fail(() => Promise.reject(new InDoubtError({ code: 'acme.aborted', message: 'stopped' })), 10);
    await fail(() => Promise.reject(new TypeError('a bug')), 10);
    expect(connection.state().circuit).toBe('closed');
  });

  test('a probe that told nothing leaves the next caller to probe', async () => {
    const { clock, connection, run, fail } = open();
    await fail(down, 5);
    clock.advance(36_000);
    await fail(() => Promise.reject(new TypeError('a bug')), 1);
    expect(await run(fine)).toBe('fine');
    expect(connection.state().circuit).toBe('closed');
  });
});

describe('the pause', () => {
  test('refused credentials stop everything but one probe, and are told once', async () => {
    const { clock, log, connection, run, fail } = open();
    expect(await failureOf(run(refused))).toMatchObject({ kind: 'config' });
    expect(connection.state().pausedBecause).toBe('Renew ACME_TOKEN.');
    expect(await failureOf(run(fine))).toMatchObject({
      code: 'acme.paused',
      countsAsAttempt: false,
      message: expect.stringContaining('ACME_TOKEN'),
    });
    clock.advance(36_000);
    await fail(refused, 1);
    expect(log.level('error')).toHaveLength(1);
    clock.advance(36_000);
    expect(await run(fine)).toBe('fine');
    expect(connection.state().pausedBecause).toBeUndefined();
    await fail(refused, 1);
    expect(log.level('error')).toHaveLength(2);
  });

  test('a probe that finds the vendor down keeps the pause and counts for the circuit', async () => {
    const { clock, connection, run, fail } = open();
    await fail(refused, 1);
    clock.advance(36_000);
    await fail(down, 1);
    expect(connection.state().pausedBecause).toBeDefined();
    expect(await run(fine)).toBe('fine');
    expect(connection.state().pausedBecause).toBeUndefined();
  });
});
