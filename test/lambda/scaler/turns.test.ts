import { describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../../lambda/scaler/clock.ts';
import type { FleetQueue } from '../../../lambda/scaler/demand/source.ts';
import type { Fleet } from '../../../lambda/scaler/fleet/fleets.ts';
import { ANSWER_MS, turns } from '../../../lambda/scaler/turns.ts';
import { manualClock } from '../../manual-clock.ts';
import { fleet } from './quiet-fleet.ts';

describe('the classes of a pass', () => {
  test('are all, in their order, where the source takes any number of calls', () => {
    const { pass, warnings } = reconciling({ classesWithin: undefined });
    expect(pass(fleets(1_000))).toHaveLength(1_000);
    expect(warnings).toEqual([]);
  });

  test('are those for which there is time; that others are left to the next is said', () => {
    const { pass, warnings } = reconciling({ classesWithin: () => 3 });
    expect(pass(fleets(10))).toHaveLength(3);
    expect(warnings).toEqual([
      '7 of 10 classes are left to the next passes: as many calls as circleci takes a second read 3 classes ' +
        'in the 13 s of a pass; if the installation takes more calls, raise circleci.callsPerSecond in the config',
    ]);
  });

  test('are asked for by the time of the pass, less that of the last answers', () => {
    const asked: number[] = [];
    const { pass } = reconciling({ classesWithin: (ms) => asked.push(ms) });
    pass(fleets(1));
    expect(asked).toEqual([15_000 - ANSWER_MS]);
  });

  test('are told to the source, which may need more calls for some of them than for others', () => {
    const asked: (readonly FleetQueue[])[] = [];
    const { pass } = reconciling({ classesWithin: (_ms, queues) => asked.push(queues) });
    const all = fleets(3);
    pass(all);
    expect(asked).toEqual([all]);
  });

  test('have all had their turn after as many passes as it takes, and then again', () => {
    const { pass } = reconciling({ classesWithin: () => 3 });
    const counts = new Map<string, number>();
    for (let turn = 0; turn < 20; turn += 1) {
      for (const { group } of pass(fleets(10))) counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array.from({ length: 10 }, () => 6));
  });

  test('have their turn within as many minutes where each pass is in a new container', () => {
    const clock = manualClock();
    const seen = new Set<string>();
    for (let minute = 0; minute < 4; minute += 1) {
      const { pass } = reconciling({ classesWithin: () => 3, clock });
      for (const { group } of pass(fleets(10))) seen.add(group);
      clock.advance(60_000);
    }
    expect(seen.size).toBe(10);
  });

  test('are without those that their source lets rest, as often as it does, and nothing is said of it', () => {
    const clock = manualClock();
    const until = clock.now() + 30_000;
    const { pass, warnings } = reconciling({
      classesWithin: undefined,
      clock,
      restsUntil: ({ group }) => (group === 'g1' ? until : Number.NEGATIVE_INFINITY),
    });
    const groups = () => pass(fleets(3)).map(({ group }) => group);
    expect(groups()).toEqual(['g0', 'g2']);
    clock.advance(29_999);
    expect(groups()).toEqual(['g0', 'g2']);
    clock.advance(1);
    expect(groups()).toEqual(['g0', 'g1', 'g2']);
    expect(warnings).toEqual([]);
  });

  test('may be none', () => {
    const { pass } = reconciling({
      classesWithin: undefined,
      restsUntil: () => Number.POSITIVE_INFINITY,
    });
    expect(pass(fleets(2))).toEqual([]);
  });

  test('do not starve where busy ones are served in between', () => {
    const { pass } = reconciling({ classesWithin: () => 3 });
    const all = fleets(10);
    const seen = new Set<string>();
    for (let minute = 0; minute < 4; minute += 1) {
      for (const { group } of pass(all)) seen.add(group);
      for (let again = 0; again < 5; again += 1) pass(all.slice(0, 2));
    }
    expect(seen.size).toBe(10);
  });

  test('are one at least, whatever the rate and however late it is', () => {
    const { pass } = reconciling({ classesWithin: () => 0 });
    expect(pass(fleets(10))).toHaveLength(1);
  });
});

interface Setting {
  readonly restsUntil?: (queue: FleetQueue) => number;
  readonly classesWithin: ((ms: number, queues: readonly FleetQueue[]) => number) | undefined;
  readonly clock?: ReturnType<typeof manualClock>;
}

function reconciling({ classesWithin, restsUntil, clock = manualClock() }: Setting) {
  const warnings: string[] = [];
  const circleci = {
    ...(classesWithin && { classesWithin }),
    ...(restsUntil && { restsUntil }),
  };
  const choose = turns({
    clock,
    sources: { circleci },
    warning: (message) => warnings.push(message),
  });
  return {
    warnings,
    pass: (fleets: readonly Fleet[]) => choose(fleets, budgetOf(clock, 15_000)),
  };
}

function fleets(count: number): readonly Fleet[] {
  return Array.from({ length: count }, (_, index) => fleet(`g${index}`));
}
