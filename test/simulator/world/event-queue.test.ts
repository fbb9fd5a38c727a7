import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAgenda } from '../../../simulator/world/event-queue.ts';

describe('the agenda', () => {
  test('does what is due in order of time, and what is due at once in order of planning', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (times) => {
        const agenda = createAgenda(0);
        const done: [number, number][] = [];
        for (const [place, time] of times.entries())
          agenda.plan(time, () => done.push([time, place]));
        agenda.advanceTo(20);
        const expected = times
          .map((time, place): [number, number] => [time, place])
          .toSorted((one, other) => one[0] - other[0] || one[1] - other[1]);
        expect(done).toEqual(expected);
      }),
    );
  });

  test('leaves what is not yet due', () => {
    const agenda = createAgenda(0);
    let done = 0;
    agenda.plan(11, () => (done += 1));
    agenda.advanceTo(10);
    expect([done, agenda.nextAt(), agenda.now()]).toEqual([0, 11, 10]);
  });

  test('does at their own time the things that others plan', () => {
    const agenda = createAgenda(0);
    const seen: number[] = [];
    agenda.plan(2, () => agenda.plan(5, () => seen.push(agenda.now())));
    agenda.advanceTo(9);
    expect(seen).toEqual([5]);
  });

  test('does at once what is planned for the past', () => {
    const agenda = createAgenda(100);
    const seen: number[] = [];
    agenda.plan(7, () => seen.push(agenda.now()));
    agenda.advanceTo(100);
    expect(seen).toEqual([100]);
  });

  test('does not go back', () => {
    const agenda = createAgenda(100);
    agenda.advanceTo(50);
    expect(agenda.now()).toBe(100);
  });
});
