import { describe, expect, test } from '@jest/globals';
import { type Memory, MEMORY_MS, remember, type Sighting } from '../../../lambda/scaler/memory.ts';

const START = Date.parse('2026-03-02T09:00:00Z');

describe('a group that owes instances', () => {
  const owing = { desired: 3, inService: ['a'] };
  const at = (seconds: number, seen: Partial<Sighting> = {}): Moment => [
    seconds,
    { ...owing, ...seen },
  ];

  test('is timed over close sightings', () => {
    expect(sightings(at(0), at(5), at(20)).owedMs).toBe(20_000);
    expect(sightings(at(0), at(5), at(20.1)).owedMs).toBe(0);
  });

  test.each<[what: string, change: Partial<Sighting>]>([
    ['the desired capacity changed', { desired: 4 }],
    ['an instance came', { pending: ['b'] }],
    ['an instance left', { inService: [] }],
    ['one instance left and one came', { inService: ['b'] }],
    ['it was complete', { desired: 1 }],
  ])('is timed anew where %s', (_what, change) => {
    expect(sightings(at(0), at(5), at(10, change)).owedMs).toBe(0);
    const timed = sightings(at(0), at(5), at(10, change), at(15, change)).owedMs;
    expect(timed).toBe(change.desired === 1 ? 0 : 5_000);
  });
});

describe('tasks that wait', () => {
  const waiting = { unclaimed: 3, running: 1 };

  test('are timed over sightings that may be far apart', () => {
    expect(
      sightings([0, waiting], [60, waiting], [120, { ...waiting, unclaimed: 5 }]).waitedMs,
    ).toBe(120_000);
  });

  test.each<[what: string, change: Partial<Sighting>]>([
    ['fewer wait', { unclaimed: 2 }],
    ['more run', { running: 2 }],
  ])('are timed anew where %s', (_what, change) => {
    expect(sightings([0, waiting], [60, { ...waiting, ...change }]).waitedMs).toBe(0);
  });

  test('are not timed from a sighting without any', () => {
    expect(sightings([0, {}], [60, waiting]).waitedMs).toBe(0);
  });

  test('are timed anew when they were last seen long ago', () => {
    expect(sightings([0, waiting], [MEMORY_MS / 1000, waiting]).waitedMs).toBe(MEMORY_MS);
    expect(sightings([0, waiting], [MEMORY_MS / 1000 + 1, waiting]).waitedMs).toBe(0);
  });
});

type Moment = readonly [second: number, seen: Partial<Sighting>];

function sightings(...sequence: readonly Moment[]): Memory {
  let memory: Memory | undefined;
  for (const [second, seen] of sequence) {
    const quiet = { unclaimed: 0, running: 0, desired: 0, pending: [], inService: [] };
    memory = remember(memory, { ...quiet, ...seen, at: START + second * 1000 });
  }
  if (memory === undefined) throw new Error('no sighting was given');
  return memory;
}
