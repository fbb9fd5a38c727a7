import { describe, expect, test } from '@jest/globals';
import {
  FINISHING_MS,
  type Memory,
  MEMORY_MS,
  remember,
  type Seen,
  SETTLE_MS,
} from '../../../lambda/scaler/memory.ts';

const START = Date.parse('2026-03-02T09:00:00Z');

describe('machines that are finishing', () => {
  test('are those in service without a task, as many as tasks have just ended', () => {
    const memory = looks(
      [0, { running: 2, inService: ['a', 'b'] }],
      [20, { running: 2, inService: ['a', 'b'] }],
      [25, { running: 1, inService: ['a', 'b'] }],
    );
    expect(memory).toMatchObject({ finishing: 1, idle: 0 });
  });

  test('are not known without a memory of the tasks that ended', () => {
    expect(looks([0, { running: 1, inService: ['a', 'b'] }])).toMatchObject({
      finishing: 0,
      idle: 0,
    });
  });

  test('are those that said so, also without a memory', () => {
    const seen = { running: 1, inService: ['a', 'b', 'c'], done: ['b', 'c'] };
    expect(looks([0, seen]).finishing).toBe(2);
  });

  test('are those that said so, however new the machines with a task are', () => {
    const memory = looks(
      [0, { running: 1, inService: ['a'] }],
      [60, { running: 2, inService: ['a', 'b', 'c'], done: ['a'] }],
    );
    expect(memory.finishing).toBe(1);
  });

  test('are not counted while the running tasks still include theirs', () => {
    const seen = { running: 2, inService: ['a', 'b'], done: ['a'] };
    expect(looks([0, seen]).finishing).toBe(0);
  });

  test('are as many as the numbers tell where fewer said so', () => {
    const memory = looks(
      [0, { running: 3, inService: ['a', 'b', 'c'] }],
      [20, { running: 3, inService: ['a', 'b', 'c'] }],
      [25, { running: 1, inService: ['a', 'b', 'c'], done: ['a'] }],
    );
    expect(memory).toMatchObject({ finishing: 2, idle: 0 });
  });

  test('are no longer counted once they are gone', () => {
    const memory = looks(
      [0, { running: 2, inService: ['a', 'b'] }],
      [20, { running: 1, inService: ['a', 'b'] }],
      [25, { running: 1, inService: ['a'] }],
    );
    expect(memory.finishing).toBe(0);
  });

  test('are not the new ones that came after the last task ended', () => {
    const memory = looks(
      [0, { running: 2, inService: ['a', 'b'] }],
      [20, { running: 2, inService: ['a', 'b'] }],
      [25, { running: 0, inService: ['a', 'b'] }],
      [40, { running: 0, inService: ['b', 'c', 'd'] }],
      [60, { running: 0, inService: ['b', 'c', 'd'] }],
    );
    expect(memory).toMatchObject({ finishing: 1, idle: 2 });
  });

  test('are not idle ones that were there before, once those that said so have left', () => {
    const memory = looks(
      [0, { running: 1, inService: ['a', 'spare'] }],
      [20, { running: 1, inService: ['a', 'spare'] }],
      [40, { running: 0, inService: ['a', 'spare'], done: ['a'] }],
      [60, { running: 0, inService: ['spare'] }],
    );
    expect(memory).toMatchObject({ finishing: 0, idle: 1 });
  });

  test('are not fewer because others left that had said nothing', () => {
    const memory = looks(
      [0, { running: 3, inService: ['a', 'b', 'c'] }],
      [20, { running: 3, inService: ['a', 'b', 'c'] }],
      [40, { running: 1, inService: ['a', 'b', 'c'] }],
      [60, { running: 0, inService: ['b', 'c'] }],
    );
    expect(memory).toMatchObject({ finishing: 2, idle: 0 });
  });

  test('may be those that came when the last task ended', () => {
    const memory = looks(
      [0, { running: 1, inService: ['a'] }],
      [60, { running: 0, inService: ['b'] }],
      [75, { running: 0, inService: ['b'] }],
    );
    expect(memory).toMatchObject({ finishing: 1, idle: 0 });
  });

  test('are as many fewer as those that said so and have left, the oldest first', () => {
    const memory = looks(
      [0, { running: 2, inService: ['a', 'b', 'spare'] }],
      [20, { running: 2, inService: ['a', 'b', 'spare'] }],
      [40, { running: 1, inService: ['a', 'b', 'spare'], done: ['a'] }],
      [45, { running: 0, inService: ['a', 'b', 'spare'], done: ['a'] }],
      [60, { running: 0, inService: ['b', 'spare'] }],
    );
    expect(memory).toMatchObject({ finishing: 1, idle: 1 });
  });

  test('are one fewer where two tasks ended at once and one machine said so and has left', () => {
    const memory = looks(
      [0, { running: 2, inService: ['a', 'b', 'spare', 'other'] }],
      [20, { running: 2, inService: ['a', 'b', 'spare', 'other'] }],
      [40, { running: 0, inService: ['a', 'b', 'spare', 'other'], done: ['a'] }],
      [60, { running: 0, inService: ['b', 'spare', 'other'] }],
    );
    expect(memory).toMatchObject({ finishing: 1, idle: 2 });
  });

  test('are those that said so and those that did not, as long as both are there', () => {
    const seen = { running: 0, inService: ['a', 'b', 'spare'], done: ['a'] };
    const memory = looks(
      [0, { running: 2, inService: ['a', 'b', 'spare'] }],
      [20, { running: 2, inService: ['a', 'b', 'spare'] }],
      [40, seen],
      [45, seen],
    );
    expect(memory).toMatchObject({ finishing: 2, idle: 1 });
  });

  test('are idle after all when they stay for longer than any machine takes to finish', () => {
    const seen = { running: 0, inService: ['a'] };
    const memory = looks(
      [0, { running: 1, inService: ['a'] }],
      [20, seen],
      [80, seen],
      [20 + FINISHING_MS / 1000 + 5, seen],
    );
    expect(memory).toMatchObject({ finishing: 0, idle: 1 });
  });

  test('are counted for as long as a machine may take to finish', () => {
    const seen = { running: 0, inService: ['a'] };
    const at = FINISHING_MS / 1000;
    expect(looks([0, { running: 1, inService: ['a'] }], [20, seen], [20 + at, seen])).toMatchObject(
      {
        finishing: 1,
        ends: [{ at: START + 20_000, tasks: 1 }],
      },
    );
  });

  test('are seen also where another task was claimed in the same moment', () => {
    const memory = looks(
      [0, { unclaimed: 1, running: 2, inService: ['a', 'b', 'new'] }],
      [20, { unclaimed: 1, running: 2, inService: ['a', 'b', 'new'] }],
      [25, { unclaimed: 0, running: 2, inService: ['a', 'b', 'new'] }],
    );
    expect(memory).toMatchObject({ finishing: 1, idle: 0 });
  });

  test('are not those that have only just come into service', () => {
    const memory = looks(
      [0, { running: 1, inService: ['a'] }],
      [20, { running: 0, inService: ['a', 'new'] }],
      [24, { running: 0, inService: ['a', 'new'] }],
    );
    expect(memory).toMatchObject({ finishing: 1, idle: 0 });
  });
});

describe('idle runners', () => {
  test('are those that could have claimed a task and have none', () => {
    const seen = { running: 1, inService: ['a', 'b', 'c'] };
    expect(looks([0, seen], [SETTLE_MS / 1000, seen])).toMatchObject({ idle: 2, finishing: 0 });
  });

  test('that leave while tasks wait are counted, until a task is claimed', () => {
    const waiting = { unclaimed: 3, running: 0 };
    const memory = looks(
      [0, { ...waiting, inService: ['a', 'b'] }],
      [20, { ...waiting, inService: ['a', 'b'] }],
      [80, { ...waiting, inService: ['b'] }],
      [140, { ...waiting, inService: [] }],
    );
    expect(memory).toMatchObject({ idleExits: 1, idleExitsInRow: 2 });
    expect(next(memory, 200, { unclaimed: 2, running: 1 }).idleExitsInRow).toBe(0);
  });

  test.each([
    ['only before they left', 1, 0],
    ['only after they left', 0, 1],
    ['never', 0, 0],
  ])('that leave while tasks wait %s are no evidence', (_when, before, after) => {
    const memory = looks(
      [0, { unclaimed: before, inService: ['a'] }],
      [20, { unclaimed: before, inService: ['a'] }],
      [80, { unclaimed: after }],
    );
    expect(memory.idleExits).toBe(0);
  });

  test('that leave together with one that finished are told apart', () => {
    const memory = looks(
      [0, { unclaimed: 1, running: 1, inService: ['a', 'b', 'c'] }],
      [20, { unclaimed: 1, running: 0, inService: ['a', 'b', 'c'] }],
      [55, { unclaimed: 1, running: 0, inService: ['a', 'b', 'c'] }],
      [60, { unclaimed: 1, running: 0, inService: ['c'] }],
    );
    expect(memory.idleExits).toBe(1);
  });

  test.each<[string, Partial<Seen>]>([
    ['a task was claimed', { unclaimed: 2, running: 1 }],
    ['a task ended', { unclaimed: 3, running: 0 }],
    ['a machine came', { unclaimed: 3, running: 1, inService: ['a', 'b', 'new'] }],
  ])('that leave soon after %s are no evidence', (_what, seen) => {
    const before = { unclaimed: 3, running: 1, inService: ['a', 'b'] };
    const after = { inService: ['a', 'b'], ...seen };
    const left = { ...after, inService: after.inService.slice(1) };
    const soon = looks([0, before], [60, before], [70, after], [75, left]);
    expect(soon.idleExits).toBe(0);
  });

  test.each([
    ['the number of running tasks rises', { unclaimed: 3, running: 1 }],
    ['the number of waiting tasks falls', { unclaimed: 2, running: 0 }],
  ])('are forgiven when %s', (_how, seen) => {
    const waiting = { unclaimed: 3, running: 0 };
    const memory = looks(
      [0, { ...waiting, inService: ['a'] }],
      [20, { ...waiting, inService: ['a'] }],
      [80, waiting],
    );
    expect(memory.idleExitsInRow).toBe(1);
    expect(next(memory, 140, seen).idleExitsInRow).toBe(0);
  });

  test('that leave while no task waits are as they should be', () => {
    const memory = looks(
      [0, { inService: ['a'] }],
      [20, { inService: ['a'] }],
      [80, { inService: [] }],
    );
    expect(memory.idleExits).toBe(0);
  });

  test('are not those whose task has ended', () => {
    const memory = looks(
      [0, { unclaimed: 1, running: 1, inService: ['a'] }],
      [20, { unclaimed: 1, running: 0, inService: ['a'] }],
      [25, { unclaimed: 1, running: 0, inService: [] }],
    );
    expect(memory.idleExits).toBe(0);
  });
});

describe('a failed boot', () => {
  test('is an instance that was booting and is gone', () => {
    const memory = looks(
      [0, { desired: 2, pending: ['a', 'b'] }],
      [20, { desired: 2, pending: ['b', 'c'] }],
      [40, { desired: 2, pending: ['c', 'd'] }],
    );
    expect(memory).toMatchObject({ bootsFailed: 1, bootsFailedInRow: 2 });
  });

  test('is not one that came into service', () => {
    const memory = looks(
      [0, { desired: 1, pending: ['a'] }],
      [20, { desired: 1, inService: ['a'] }],
    );
    expect(memory).toMatchObject({ bootsFailed: 0, came: 1 });
  });

  test('is not one that was cancelled because the desired capacity fell', () => {
    const memory = looks([0, { desired: 2, pending: ['a', 'b'] }], [20, { desired: 0 }]);
    expect(memory.bootsFailed).toBe(0);
  });

  test('is forgotten with the first success', () => {
    const memory = looks(
      [0, { desired: 2, pending: ['a', 'b'] }],
      [20, { desired: 2, pending: ['b'] }],
      [40, { desired: 2, inService: ['b'] }],
    );
    expect(memory.bootsFailedInRow).toBe(0);
  });

  test('is forgotten when a task was claimed, which no failed boot can do', () => {
    const memory = looks(
      [0, { desired: 2, unclaimed: 2, pending: ['a', 'b'] }],
      [20, { desired: 2, unclaimed: 1, pending: ['b'] }],
    );
    expect(memory.bootsFailedInRow).toBe(0);
  });
});

describe('a group that gets no instances', () => {
  const owing = { desired: 3, inService: ['a'] };

  test('is timed from the look that found it so', () => {
    expect(looks([0, owing], [60, owing], [150, owing]).starvedMs).toBe(150_000);
  });

  test('is not timed from a look that found it complete', () => {
    const complete = { desired: 1, inService: ['a'] };
    expect(looks([0, complete], [60, owing]).starvedMs).toBe(0);
    expect(
      looks([0, { desired: 2, pending: ['b'], inService: ['a'] }], [60, owing]).starvedMs,
    ).toBe(0);
  });

  test('is not timed once it owes none', () => {
    const memory = looks([0, owing], [60, owing], [120, { desired: 1, inService: ['a'] }]);
    expect(memory).toMatchObject({ starvedMs: 0, grew: false });
  });

  test('has grown when an instance comes into service unseen before', () => {
    const memory = looks([0, owing], [60, { ...owing, inService: ['a', 'b'] }]);
    expect(memory).toMatchObject({ grew: true, starvedMs: 0, came: 1 });
  });

  test('is timed anew when an instance comes', () => {
    const memory = looks([0, owing], [60, { ...owing, pending: ['b'] }]);
    expect(memory).toMatchObject({ starvedMs: 0, grew: true });
    expect(next(memory, 70, { ...owing, pending: ['b'] }).starvedMs).toBe(10_000);
  });
});

describe('a group that owes instances', () => {
  const owing = { desired: 3, inService: ['a'] };
  const at = (seconds: number, seen: Partial<Seen> = {}): Look => [seconds, { ...owing, ...seen }];

  test('is timed over close sightings', () => {
    expect(looks(at(0), at(5), at(20)).owedMs).toBe(20_000);
    expect(looks(at(0), at(5), at(20.1)).owedMs).toBe(0);
  });

  test.each<[what: string, change: Partial<Seen>]>([
    ['the desired capacity changed', { desired: 4 }],
    ['an instance came', { pending: ['b'] }],
    ['an instance left', { inService: [] }],
    ['one instance left and one came', { inService: ['b'] }],
    ['it was complete', { desired: 1 }],
  ])('is timed anew where %s', (_what, change) => {
    expect(looks(at(0), at(5), at(10, change)).owedMs).toBe(0);
    const timed = looks(at(0), at(5), at(10, change), at(15, change)).owedMs;
    expect(timed).toBe(change.desired === 1 ? 0 : 5_000);
  });
});

test('the level is the most tasks that ran at once since tasks began to wait', () => {
  const memory = looks(
    [0, { unclaimed: 0, running: 9 }],
    [20, { unclaimed: 0, running: 4 }],
    [40, { unclaimed: 2, running: 5 }],
    [60, { unclaimed: 2, running: 3 }],
  );
  expect(memory.level).toBe(5);
});

test('what is old is forgotten', () => {
  const memory = looks(
    [0, { desired: 1, pending: ['a'], running: 3 }],
    [MEMORY_MS / 1000 + 1, { running: 0, inService: ['b'] }],
  );
  expect(memory).toMatchObject({ bootsFailed: 0, came: 0, finishing: 0, idle: 0 });
});

test('what is just not too old is remembered', () => {
  const memory = looks(
    [0, { desired: 1, pending: ['a'] }],
    [MEMORY_MS / 1000, { desired: 1, inService: ['a'] }],
  );
  expect(memory.came).toBe(1);
});

test('tasks that ended are kept only where some did', () => {
  expect(looks([0, { running: 1 }], [20, { running: 1 }], [40, { running: 2 }]).ends).toEqual([]);
});

describe('the moment at which the demand last rose', () => {
  test.each<[what: string, first: Partial<Seen>, second: Partial<Seen>, seconds: number]>([
    ['is the first look that saw any', { unclaimed: 1 }, { unclaimed: 1 }, 0],
    ['is that of a later rise', { unclaimed: 1 }, { unclaimed: 1, running: 1 }, 5],
    ['stays where it is when the demand falls', { unclaimed: 2 }, { unclaimed: 1 }, 0],
  ])('%s', (_what, first, second, seconds) => {
    expect(looks([0, first], [5, second]).roseAt).toBe(START + seconds * 1000);
  });

  test('is long ago where there never was any', () => {
    expect(looks([0, {}], [5, {}]).roseAt).toBe(0);
  });
});

describe('the moment at which something last happened', () => {
  const seen = { unclaimed: 1, running: 1, inService: ['a', 'b'] };

  test('is the first look', () => {
    expect(looks([0, seen], [5, seen]).stirredAt).toBe(START);
  });

  test('is that of a task that ended', () => {
    expect(looks([0, seen], [5, { ...seen, running: 0 }]).stirredAt).toBe(START + 5000);
  });
});

test('idle runners are such when nothing has happened for just half a minute', () => {
  const seen = { unclaimed: 1, running: 0, inService: ['a'] };
  const memory = looks([0, seen], [15, seen], [30, { ...seen, inService: [] }]);
  expect(memory.idleExits).toBe(1);
});

type Look = readonly [second: number, seen: Partial<Seen>];

function looks(...sequence: readonly Look[]): Memory {
  let memory: Memory | undefined;
  for (const [second, seen] of sequence) memory = next(memory, second, seen);
  if (memory === undefined) throw new Error('no look was given');
  return memory;
}

function next(before: Memory | undefined, second: number, seen: Partial<Seen>): Memory {
  const quiet = { unclaimed: 0, running: 0, desired: 0, pending: [], inService: [], done: [] };
  return remember(before, { ...quiet, ...seen, at: START + second * 1000 });
}
