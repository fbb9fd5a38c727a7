import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  COUNTS_GAP_MS,
  GAP_MS,
  machinesSeen,
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

type Counts = Pick<Parameters<typeof sighted>[1], 'unclaimed' | 'running'>;

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
        owed: 0,
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

  // A machine whose task has ended is seen for a while; counts that are later than that show a task that it had.
  test.each([
    [10, 0],
    [30, 0],
    [60, 60],
  ])('is, with counts that are %s s late, too great by no more than %s s', (lateS, allowedS) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 400 }), (steps) => {
        const queue = queueOf({ cancels: false });
        const counted: Counts[] = [];
        let known: Waiting | undefined;
        for (const [now, each] of steps.entries()) {
          queue.step(now, each);
          const seen = queue.seenAt(now);
          counted.push(seen);
          if (each.container > 2) continue;
          const { unclaimed, running } = counted[Math.max(now - lateS, 0)] ?? seen;
          known = sighted(known, { ...seen, unclaimed, running });
          const oldest = Math.min(now, ...queue.waiting());
          expect(waitedMs(known)).toBeLessThanOrEqual(1000 * (now - oldest + allowedS));
        }
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  test('is never more than the truth where passes ask for machines that live for seconds, a minute apart', () => {
    const minute = fc.record({
      arrive: fc.nat(3),
      ask: fc.nat(3),
      lifeSeconds: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(minute, { minLength: 3, maxLength: 40 }), (minutes) => {
        let waiting: number[] = [];
        let machines: { readonly id: string; readonly endsAt: number }[] = [];
        let known: Waiting | undefined;
        let desired = 0;
        for (const [n, { arrive, ask, lifeSeconds }] of minutes.entries()) {
          const now = 60 * n;
          // Each machine takes a task at once, whichever there is, and lowers the group as it goes.
          desired -= machines.filter(({ endsAt }) => endsAt <= now).length;
          machines = machines.filter(({ endsAt }) => endsAt > now);
          waiting.push(...Array.from({ length: arrive }, () => now));
          const taking = machines.map(({ id }) => id);
          const owed = desired - machines.length;
          const counts = { unclaimed: waiting.length, running: taking.length };
          const at = 1000 * now;
          known = sighted(known, { at, countedAt: at, ...counts, pending: [], taking, owed });
          const oldest = Math.min(now, ...waiting);
          expect(waitedMs(known)).toBeLessThanOrEqual(1000 * (now - oldest));
          desired += ask;
          known = { ...known, owed: desired - machines.length };
          for (let made = 0; made < ask; made += 1) {
            machines.push({ id: `i-${n}-${made}`, endsAt: now + lifeSeconds });
            waiting = waiting.slice(1);
          }
        }
      }),
    );
  });

  test('ends where a runner of somebody else is seen to have taken the task', () => {
    const waits = { unclaimed: 1 };
    expect(
      after([
        { at: 0, ...waits },
        { at: 10, ...waits, running: 1 },
      ]),
    ).toBe(0);
    // One that ran before, or whose agent is gone, has taken none.
    expect(
      after([
        { at: 0, ...waits, running: 1 },
        { at: 10, ...waits, running: 1 },
      ]),
    ).toBe(9.5);
  });

  test.each([
    ['back by less than a pass, which makes it too small', -30, 30],
    ['back by far', -600, 0],
    ['forth by far', 600, 0],
  ])('with a clock that is set %s', (_how, step, waited) => {
    expect(
      after([
        { at: 1_000, unclaimed: 1 },
        { at: 1_060.5, unclaimed: 1 },
        { at: 1_060.5 + step, unclaimed: 1 },
      ]),
    ).toBe(waited);
  });

  test('goes on over passes that count nothing, as long as the machines are seen', () => {
    let known = sighted(undefined, { at: 0, countedAt: 0, unclaimed: 1, ...NONE });
    for (let at = 60_000; at < COUNTS_GAP_MS; at += 60_000) {
      known = machinesSeen(known, { at, pending: [], taking: [], owed: 0 });
      expect(waitedMs(known)).toBe(at);
    }
    const at = COUNTS_GAP_MS;
    expect(waitedMs(sighted(known, { at, countedAt: at, unclaimed: 1, ...NONE }))).toBe(at);
    const late = { at: at + 1, countedAt: at + 1, unclaimed: 1, ...NONE };
    expect(waitedMs(sighted(known, late))).toBe(0);
  });

  const NONE = { running: 0, pending: [], taking: [], owed: 0 };
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
