import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  GAP_MS,
  MOST_MARKS,
  sighted,
  waitedMs,
  type Waiting,
} from '../../../lambda/scaler/waiting.ts';

const BOOT_S = 20;
/** From the end of its task until a machine is gone from the group. */
const ENDING_S = 40;
/** A machine lives longer than two sightings may be apart, with a task of no time at all. */
const LEAST_LIFE_S = GAP_MS / 1000 - BOOT_S - ENDING_S;

interface Machine {
  readonly id: string;
  readonly launchedAt: number;
  takenAt?: number;
  endsAt?: number;
}

interface Step {
  readonly arrive: number;
  readonly launch: number;
  readonly cancel: number;
  readonly taskSeconds: number;
  readonly oldestFirst: boolean;
  /** The container that makes the pass in this second; none makes one in most. */
  readonly container: number;
}

/** A queue and its machines, second by second: the truth beside which the figure is held. */
function queueOf({ cancels }: { readonly cancels: boolean }) {
  let waiting: number[] = [];
  let machines: Machine[] = [];
  let made = 0;
  return {
    waiting: () => waiting,
    step(now: number, step: Step) {
      if (cancels) waiting = waiting.slice(Math.min(step.cancel, waiting.length));
      waiting.push(...Array.from({ length: cancels ? 0 : step.arrive }, () => now));
      for (let count = 0; count < step.launch; count += 1) {
        made += 1;
        machines.push({ id: `i-${made}`, launchedAt: now });
      }
      for (const machine of machines) {
        const isReady = now >= machine.launchedAt + BOOT_S && machine.takenAt === undefined;
        if (!isReady) continue;
        const taken = step.oldestFirst ? waiting.shift() : waiting.pop();
        if (taken === undefined) continue;
        machine.takenAt = now;
        machine.endsAt = now + Math.max(step.taskSeconds, LEAST_LIFE_S);
      }
      machines = machines.filter(({ endsAt }) => endsAt === undefined || now < endsAt + ENDING_S);
    },
    seenAt(now: number) {
      const ofState = (holds: (machine: Machine) => boolean) =>
        machines.filter(holds).map(({ id }) => id);
      const isBooting = ({ launchedAt }: Machine) => now < launchedAt + BOOT_S;
      return {
        at: 1000 * now,
        countedAt: 1000 * now,
        unclaimed: waiting.length,
        running: machines.filter(
          ({ takenAt, endsAt }) => takenAt !== undefined && now < (endsAt ?? 0),
        ).length,
        pending: ofState(isBooting),
        taking: ofState((machine) => !isBooting(machine)),
      };
    },
  };
}

const step: fc.Arbitrary<Step> = fc.record({
  arrive: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) }),
  launch: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
  cancel: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
  taskSeconds: fc.nat(120),
  oldestFirst: fc.boolean(),
  container: fc.nat(11),
});

describe('for how long a task has waited', () => {
  test.each([1, 2, 4])('is never more than the truth, in each of %s containers', (containers) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 300 }), (steps) => {
        const queue = queueOf({ cancels: false });
        const known = new Map<number, Waiting>();
        for (const [now, each] of steps.entries()) {
          queue.step(now, each);
          if (each.container >= containers) continue;
          const waiting = sighted(known.get(each.container), queue.seenAt(now));
          known.set(each.container, waiting);
          const oldest = Math.min(now, ...queue.waiting());
          expect(waitedMs(waiting)).toBeLessThanOrEqual(1000 * (now - oldest));
          expect(waiting.marks.length).toBeLessThanOrEqual(MOST_MARKS);
        }
      }),
    );
  });

  test('is never more than the truth where tasks are cancelled, as long as no others come', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(step, { maxLength: 200 }), (count, steps) => {
        const queue = queueOf({ cancels: true });
        queue.waiting().push(...Array.from({ length: count }, () => 0));
        let known: Waiting | undefined;
        for (const [now, each] of steps.entries()) {
          queue.step(now, each);
          known = sighted(known, queue.seenAt(now));
          const isLeft = queue.waiting().length > 0;
          expect(waitedMs(known)).toBeLessThanOrEqual(isLeft ? 1000 * now : 0);
        }
      }),
    );
  });

  const NONE = { running: 0, pending: [], taking: [] };
  function after(sightings: readonly (Partial<Parameters<typeof sighted>[1]> & { at: number })[]) {
    let known: Waiting | undefined;
    for (const each of sightings) {
      const at = 1000 * each.at;
      known = sighted(known, { unclaimed: 0, ...NONE, ...each, at, countedAt: at + 500 });
    }
    return known && waitedMs(known) / 1000;
  }

  test('is the whole time since it was seen first, where no machine came', () => {
    expect(after([{ at: 0, unclaimed: 1 }])).toBe(0);
    expect(
      after([
        { at: 0, unclaimed: 1 },
        { at: 60, unclaimed: 1 },
        { at: 90, unclaimed: 3 },
      ]),
    ).toBe(89.5);
  });

  test('goes on beside machines that are too few for all, and ends with the one that is enough', () => {
    const first = { at: 0, unclaimed: 2, running: 1, taking: ['busy'] };
    const second = { at: 10, unclaimed: 1, running: 2, taking: ['busy', 'i-1'] };
    expect(after([first, second])).toBe(9.5);
    expect(after([first, { ...second, taking: ['busy', 'i-1', 'i-2'] }])).toBe(0);
  });

  test('is unknown while as many machines are idle, or came and went, as tasks wait', () => {
    expect(
      after([
        { at: 0, unclaimed: 1, taking: ['idle'] },
        { at: 60, unclaimed: 1, taking: ['idle'] },
      ]),
    ).toBe(0);
    const booting = { at: 0, unclaimed: 1, pending: ['i-1'] };
    expect(after([booting, { at: 60, unclaimed: 1 }])).toBe(0);
    expect(after([booting, { at: 60, unclaimed: 1, pending: ['i-1'] }])).toBe(59.5);
  });

  test('ends when the tasks are gone, and begins again after a gap in what was seen', () => {
    expect(after([{ at: 0, unclaimed: 2 }, { at: 10 }, { at: 20, unclaimed: 2 }])).toBe(0);
    expect(
      after([
        { at: 0, unclaimed: 2 },
        { at: 76, unclaimed: 2 },
      ]),
    ).toBe(0);
    expect(
      after([
        { at: 0, unclaimed: 2 },
        { at: 75, unclaimed: 2 },
      ]),
    ).toBe(74.5);
  });

  test('is kept for a day of passes in bounded memory, and stays exact for the oldest', () => {
    const passes = Array.from({ length: 8_640 }, (_, n) => ({ at: 10 * n, unclaimed: 1 + n }));
    expect(after(passes)).toBe(86_389.5);
  });
});
