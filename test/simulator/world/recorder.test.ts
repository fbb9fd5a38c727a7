import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type State, createRecorder } from '../../../simulator/world/recorder.ts';

const state = (differences: Partial<State> = {}): State => ({
  unclaimed: 0,
  running: 0,
  desired: 0,
  booting: 0,
  idle: 0,
  busy: 0,
  finishing: 0,
  ...differences,
});

describe('the recorder', () => {
  test('keeps what changed, when it changed', () => {
    const recorder = createRecorder(0);
    recorder.note(0, state());
    recorder.note(5, state({ busy: 1 }));
    recorder.note(9, state({ busy: 1 }));
    recorder.note(12, state());
    expect(recorder.samples).toEqual([
      { at: 0, ...state() },
      { at: 5, ...state({ busy: 1 }) },
      { at: 12, ...state() },
    ]);
  });

  test('keeps the last state of one moment', () => {
    const recorder = createRecorder(0);
    recorder.note(5, state({ busy: 1 }));
    recorder.note(5, state({ busy: 2 }));
    expect(recorder.samples).toEqual([{ at: 5, ...state({ busy: 2 }) }]);
  });

  test('keeps nothing of a change that was taken back in the same moment', () => {
    const recorder = createRecorder(0);
    recorder.note(0, state());
    recorder.note(5, state({ busy: 1 }));
    recorder.note(5, state());
    expect(recorder.samples).toEqual([{ at: 0, ...state() }]);
  });

  test('adds up busy and idle time until the moment asked for', () => {
    const recorder = createRecorder(0);
    recorder.note(10, state({ busy: 2, idle: 1 }));
    recorder.note(20, state({ busy: 1 }));
    expect([recorder.busyMs(25), recorder.idleMs(25)]).toEqual([25, 10]);
  });

  const history = fc.array(
    fc.record({ pause: fc.integer({ min: 0, max: 50 }), busy: fc.nat({ max: 5 }) }),
    { minLength: 1, maxLength: 300 },
  );

  test('stays within its limit, in order, without a repeated state, whatever happens', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 2, max: 40 }), (changes, limit) => {
        const recorder = createRecorder(0, limit);
        let now = 0;
        for (const { pause, busy } of changes) {
          now += pause;
          recorder.note(now, state({ busy }));
        }
        const { samples } = recorder;
        expect(samples.length).toBeLessThanOrEqual(limit);
        expect(samples.at(-1)?.busy).toBe(changes.at(-1)?.busy);
        for (const [place, sample] of samples.entries()) {
          const before = samples[place - 1];
          if (before === undefined) continue;
          expect(before.at).toBeLessThan(sample.at);
          expect(before.busy).not.toBe(sample.busy);
        }
      }),
    );
  });

  test('keeps sums and peak exact however much it thins', () => {
    fc.assert(
      fc.property(history, (changes) => {
        const thinned = createRecorder(0, 4);
        const whole = createRecorder(0, 1_000_000);
        let now = 0;
        for (const { pause, busy } of changes) {
          now += pause;
          thinned.note(now, state({ busy }));
          whole.note(now, state({ busy }));
        }
        expect([thinned.busyMs(now), thinned.peak]).toEqual([whole.busyMs(now), whole.peak]);
      }),
    );
  });
});

test.each([1, 0, 2.5, Number.NaN])('a limit of %s samples is refused', (limit) => {
  expect(() => createRecorder(0, limit)).toThrow(
    new RangeError(`the limit of samples is ${limit}; allowed: whole numbers from 2`),
  );
});

test('two samples are enough to go on with', () => {
  const recorder = createRecorder(0, 2);
  for (let at = 0; at < 100; at += 1) recorder.note(at, state({ busy: at }));
  expect(recorder.samples.length).toBeLessThanOrEqual(2);
  expect(recorder.peak).toBe(99);
});
