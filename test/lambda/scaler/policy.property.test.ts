import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide, type Observation, OWED_MS } from '../../../lambda/scaler/policy.ts';

const count = fc.nat({ max: 200 });
const observation: fc.Arbitrary<Observation> = fc
  .record({
    unclaimed: count,
    running: count,
    headroom: fc.nat({ max: 20 }),
    floor: fc.option(count, { nil: undefined }),
    bounds: fc.tuple(count, count),
    desiredSeed: count,
    finishing: fc.nat({ max: 20 }),
    serving: count,
    booting: count,
    owedMs: fc.constantFrom(0, OWED_MS - 1, OWED_MS),
    holdBack: fc.option(
      fc.record({
        cause: fc.constantFrom('boots-fail', 'agents-fail', 'tasks-unclaimed'),
        trials: count,
        takesBack: fc.boolean(),
      }),
      { nil: undefined },
    ),
  })
  .map(({ bounds, desiredSeed, holdBack, booting, floor, ...rest }) => {
    const [min, max] = bounds[0] <= bounds[1] ? bounds : [bounds[1], bounds[0]];
    const desired = min + (desiredSeed % (max - min + 1));
    const present = rest.serving + booting;
    return {
      ...rest,
      min,
      max,
      desired,
      present,
      ...(holdBack && { holdBack }),
      ...(floor !== undefined && { floor }),
    };
  });

describe('for every observation, the decision', () => {
  const always = (property: (seen: Observation) => void) => {
    fc.assert(fc.property(observation, property), { numRuns: 2_000 });
  };

  test('stays within the bounds of the group', () => {
    always((seen) => {
      const { desired } = decide(seen);
      expect(desired).toBeGreaterThanOrEqual(seen.min);
      expect(desired).toBeLessThanOrEqual(seen.max);
    });
  });

  test('never goes below what is present, as far as the maximum allows', () => {
    always((seen) => {
      expect(decide(seen).desired).toBeGreaterThanOrEqual(Math.min(seen.present, seen.max));
    });
  });

  test('holds back just what a hold-back takes from the demand, and only then', () => {
    always((seen) => {
      const { desired, held, want } = decide(seen);
      expect(held).toBe(Math.max(want - desired, 0));
      const { holdBack: _holdBack, ...unlimited } = seen;
      expect(decide(unlimited).held).toBe(0);
    });
  });

  test('is the same again once it was carried out', () => {
    always((seen) => {
      const first = decide(seen);
      expect(decide({ ...seen, desired: first.desired })).toEqual({ ...first, action: 'none' });
    });
  });

  test('depends on the desired capacity of before only as far as that may be on its way', () => {
    always((seen) => {
      const settled = { ...seen, owedMs: OWED_MS };
      const { desired } = decide(settled);
      expect(decide({ ...settled, desired: seen.max }).desired).toBe(desired);
      const { holdBack: _holdBack, ...fresh } = { ...seen, owedMs: 0 };
      const alone = decide({ ...fresh, owedMs: OWED_MS }).desired;
      expect(decide(fresh).desired).toBe(Math.max(alone, fresh.desired));
    });
  });

  test('counts no more running tasks than there are machines that may hold one', () => {
    always((seen) => {
      const more = { ...seen, running: Math.max(seen.running, seen.serving) };
      expect(decide({ ...more, running: more.running + 50 })).toEqual(decide(more));
    });
  });

  test('is the same without a schedule as with one that asks for nothing', () => {
    always(({ floor: _floor, ...seen }) => {
      expect(decide({ ...seen, floor: 0 })).toEqual(decide(seen));
    });
  });

  test('lowers nothing when a schedule ends, but what does not exist yet', () => {
    always((seen) => {
      const { desired } = decide(seen);
      const { floor: _floor, ...after } = { ...seen, desired };
      expect(decide(after).desired).toBeGreaterThanOrEqual(Math.min(seen.present, seen.max));
    });
  });

  test('names the action that leads from the capacity of before to its own', () => {
    always((seen) => {
      const { action, desired } = decide(seen);
      expect(Math.sign(desired - seen.desired)).toBe({ raise: 1, lower: -1, none: 0 }[action]);
    });
  });

  test('never falls when the demand grows', () => {
    fc.assert(
      fc.property(observation, count, count, (seen, waiting, running) => {
        const more = {
          ...seen,
          unclaimed: seen.unclaimed + waiting,
          running: seen.running + running,
        };
        expect(decide(more).desired).toBeGreaterThanOrEqual(decide(seen).desired);
      }),
    );
  });
});
