/** The whole range of what a storm may be; a part of it is in storm.test.ts. */
import { describe, expect, test } from '@jest/globals';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { around, mostWithin, storm, type Weathered } from './storm.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const PHASES = [0, 20, 40];
const SERVER_CALLS = 100;

/** What a storm is to be: how Lambda and SQS hand messages over is not published, so all of it is tried. */
const WORLDS: readonly (readonly [string, Partial<Parameters>])[] = [
  ['as it comes', {}],
  ['events that come at once', { eventLag: { min: 0.5, max: 0.5 } }],
  ['events 3 to 10 s late, in any order', { eventLag: { min: 3, max: 10 }, containers: 4 }],
  ['one poller', { pollers: 1 }],
  [
    'ten pollers, four containers, one message in ten twice',
    { pollers: 10, duplicates: 0.1, containers: 4 },
  ],
  ['four containers in turn', { containers: 4, routing: 'round-robin' }],
  ['slow calls', { callTime: { min: 0.65, max: 0.65 }, duplicates: 0.1 }],
];

describe('when 200 machines of 50 classes end at once', () => {
  test.each(WORLDS)('there are at most 5 passes in any 10 s: %s', async (_world, parameters) => {
    for (const weathered of await all(parameters)) {
      expect(mostWithin(around(weathered), 10)).toBeLessThanOrEqual(5);
      expect(weathered.served).toBe(400);
    }
  });

  test.each(WORLDS)(
    'there are at most 100 calls in any second to a server that takes no more: %s',
    async (_world, parameters) => {
      for (const weathered of await all(parameters, SERVER_CALLS)) {
        expect(mostWithin(weathered.reads, 1)).toBeLessThanOrEqual(SERVER_CALLS);
        expect(mostWithin(around(weathered), 10)).toBeLessThanOrEqual(5);
      }
    },
  );
});

async function all(
  parameters: Partial<Parameters>,
  callsPerSecond = 0,
): Promise<readonly Weathered[]> {
  const runs: Weathered[] = [];
  for (const seed of SEEDS) {
    for (const phase of PHASES) {
      runs.push(await storm({ seed, phase, parameters, callsPerSecond }));
    }
  }
  return runs;
}
