import { CONTAINERS_AT_A_TIME } from '../../../lambda/scaler/contract.ts';
import { describe, expect, test } from '@jest/globals';
import { around, mostWithin, storm } from './storm.ts';

const SERVER_CALLS = 100;

describe('when 200 machines of 50 classes end at once', () => {
  test.each([1, 2])(
    'there are at most 5 looks in any 10 s, and few at all: seed %d',
    async (seed) => {
      const weathered = await storm({ seed, parameters: { duplicates: 0.1, containers: 4 } });
      expect(mostWithin(around(weathered), 10)).toBeLessThanOrEqual(5);
      expect(around(weathered).length).toBeLessThan(20);
      expect(weathered.served).toBe(400);
    },
  );

  test('there are at most 100 calls in any second to a server that takes no more', async () => {
    const weathered = await storm({ seed: 1, callsPerSecond: SERVER_CALLS });
    expect(mostWithin(weathered.reads, 1)).toBeLessThanOrEqual(SERVER_CALLS);
    expect(mostWithin(around(weathered), 10)).toBeLessThanOrEqual(5);
  });

  test('the first look comes a second later than the event does', async () => {
    const parameters = { eventLag: { min: 1.5, max: 1.5 } };
    const { looks, endAt } = await storm({ seed: 1, parameters });
    expect(looks.find((at) => at >= endAt + 1.5)).toBeCloseTo(endAt + 2.5, 1);
  });

  test('a source that takes few calls has all its classes read in turn', async () => {
    const { served, longestWait, warnings, reads } = await storm({
      seed: 1,
      callsPerSecond: 12,
      classes: 100,
    });
    expect(served).toBe(400);
    // They are made evenly, and come after a time that is drawn for each: one more of each container.
    expect(mostWithin(reads, 1)).toBeLessThanOrEqual(12 + CONTAINERS_AT_A_TIME);
    expect(warnings).toContainEqual(expect.stringMatching(/classes are left to the next passes/));
    // A container reads 26 classes in a look, so that 100 have their turn within four minutes.
    expect(longestWait).toBeLessThan(60 + 4 * 60);
  });
});
