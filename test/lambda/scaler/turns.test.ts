import { describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../../lambda/scaler/clock.ts';
import type { Fleet } from '../../../lambda/scaler/fleet/fleets.ts';
import { ANSWER_MS, turns } from '../../../lambda/scaler/turns.ts';
import { manualClock } from '../../manual-clock.ts';
import { fleet } from './quiet-fleet.ts';

describe('the classes of a look', () => {
  test('are all, in their order, where the source takes any number of calls', () => {
    const { look, warnings } = looking({ classesWithin: undefined });
    expect(look(fleets(1_000))).toHaveLength(1_000);
    expect(warnings).toEqual([]);
  });

  test('are those for which there is time; that others are left to the next is said', () => {
    const { look, warnings } = looking({ classesWithin: () => 3 });
    expect(look(fleets(10))).toHaveLength(3);
    expect(warnings).toEqual([
      '7 of 10 classes are left to the next looks: as many calls as circleci takes a second read 3 classes ' +
        'in the 13 s of a look; if the installation takes more calls, raise circleci.callsPerSecond in the config',
    ]);
  });

  test('are asked for by the time of the look, less that of the last answers', () => {
    const asked: number[] = [];
    const { look } = looking({ classesWithin: (ms) => asked.push(ms) });
    look(fleets(1));
    expect(asked).toEqual([15_000 - ANSWER_MS]);
  });

  test('are told to the source, which may need more calls for some of them than for others', () => {
    const asked: (readonly string[])[] = [];
    const { look } = looking({ classesWithin: (_ms, classes) => asked.push(classes) });
    const all = fleets(3);
    look(all);
    expect(asked).toEqual([all.map(({ resourceClass }) => resourceClass)]);
  });

  test('have all had their turn after as many looks as it takes, and then again', () => {
    const { look } = looking({ classesWithin: () => 3 });
    const counts = new Map<string, number>();
    for (let turn = 0; turn < 20; turn += 1) {
      for (const { group } of look(fleets(10))) counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array.from({ length: 10 }, () => 6));
  });

  test('have their turn within as many minutes where each look is in a new container', () => {
    const clock = manualClock();
    const seen = new Set<string>();
    for (let minute = 0; minute < 4; minute += 1) {
      const { look } = looking({ classesWithin: () => 3, clock });
      for (const { group } of look(fleets(10))) seen.add(group);
      clock.advance(60_000);
    }
    expect(seen.size).toBe(10);
  });

  test('do not starve where busy ones are looked at in between', () => {
    const { look } = looking({ classesWithin: () => 3 });
    const all = fleets(10);
    const seen = new Set<string>();
    for (let minute = 0; minute < 4; minute += 1) {
      for (const { group } of look(all)) seen.add(group);
      for (let again = 0; again < 5; again += 1) look(all.slice(0, 2));
    }
    expect(seen.size).toBe(10);
  });

  test('are one at least, whatever the rate and however late it is', () => {
    const { look } = looking({ classesWithin: () => 0 });
    expect(look(fleets(10))).toHaveLength(1);
  });
});

interface Setting {
  readonly classesWithin: ((ms: number, resourceClasses: readonly string[]) => number) | undefined;
  readonly clock?: ReturnType<typeof manualClock>;
}

function looking({ classesWithin, clock = manualClock() }: Setting) {
  const warnings: string[] = [];
  const circleci = { ...(classesWithin && { classesWithin }) };
  const choose = turns({
    clock,
    sources: { circleci },
    warning: (message) => warnings.push(message),
  });
  return {
    warnings,
    look: (fleets: readonly Fleet[]) => choose(fleets, budgetOf(clock, 15_000)),
  };
}

function fleets(count: number): readonly Fleet[] {
  return Array.from({ length: count }, (_, index) => fleet(`g${index}`));
}
