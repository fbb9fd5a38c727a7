import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leftRunners, type Look, seenTwice } from '../../../lambda/registrar/left-runners.ts';
import type { ListedRunner } from '../../../lambda/registrar/runners.ts';

const PREFIXES = ['ci-', 'ci-gpu-'];
const OTHERS = ['ci-2-', 'CI-', 'other-', '', 'ci-gpu-x-'];
/** Few, so that machines, runners and looks meet. */
const instance = fc.integer({ min: 0, max: 5 }).map((n) => `i-0000000${n}`);
const name = fc.oneof(
  fc.tuple(fc.constantFrom(...PREFIXES, ...OTHERS), instance).map((parts) => parts.join('')),
  fc.constantFrom('ci-', 'ci-i-', 'ci-i-XYZ', 'ci-i-00000001-2', 'build-box'),
);
const runner: fc.Arbitrary<ListedRunner> = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  name,
  isOnline: fc.boolean(),
  isBusy: fc.boolean(),
});
const look: fc.Arbitrary<Look> = fc.record({
  at: fc.constantFrom('acme', 'acme/app'),
  prefixes: fc.subarray(PREFIXES),
  runners: fc.array(runner, { maxLength: 12 }),
  instances: fc.uniqueArray(instance).map((all) => new Set(all)),
});

describe('the runners that are left', () => {
  test('are ours, offline, without a job, and of a machine in no group; and all of those', () => {
    fc.assert(
      fc.property(look, (seen) => {
        const left = leftRunners(seen);
        const expected = seen.runners.filter(({ name, isOnline, isBusy }) => {
          const id = /^(?:ci-|ci-gpu-)(i-[0-9a-f]{8,17})$/.exec(name)?.[1];
          const prefix = id === undefined ? '' : name.slice(0, -id.length);
          const isOurs = id !== undefined && seen.prefixes.includes(prefix);
          return isOurs && !isOnline && !isBusy && !seen.instances.has(id);
        });
        expect(left.map(({ id, name }) => ({ id, name }))).toEqual(
          expected.map(({ id, name }) => ({ id, name })),
        );
      }),
    );
  });

  test('are chosen only where both looks saw the very same one', () => {
    fc.assert(
      fc.property(look, look, (first, second) => {
        const [earlier, later] = [leftRunners(first), leftRunners(second)];
        const chosen = seenTwice(earlier, later);
        for (const runner of chosen) {
          expect(earlier).toContainEqual(runner);
          expect(later).toContainEqual(runner);
        }
        expect(seenTwice([], later)).toEqual([]);
        expect(seenTwice(later, later)).toHaveLength(later.length);
        expect(chosen.map(({ id }) => id)).toEqual(
          chosen.map(({ id }) => id).toSorted((one, other) => one - other),
        );
      }),
    );
  });
});
