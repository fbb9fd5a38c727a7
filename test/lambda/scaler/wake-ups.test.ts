import { holding } from '../../../lambda/scaler/fleet/holding.ts';
import { describe, expect, test } from '@jest/globals';
import { InvocationError } from '../../../lambda/scaler/invocation.ts';
import type { LastWord } from '../../../lambda/scaler/contract.ts';
import type { Heard } from '../../../lambda/scaler/pass.ts';
import {
  LATE_MS,
  type SentChange,
  type Sent,
  type SentWakeUp,
  STORM_MACHINES,
  STORM_PAUSE_MS,
  wakeUps,
} from '../../../lambda/scaler/wake-ups.ts';
import { manualClock } from '../../manual-clock.ts';
import { fleet } from './quiet-fleet.ts';

describe('the wake-ups of a batch', () => {
  test('lead to one pass at once, however many they are', async () => {
    const { woken, passes } = container();
    await woken(machines(200));
    expect(passes).toEqual([0]);
  });

  test('of one machine keep nobody waiting', async () => {
    const { woken, now } = container();
    await woken(machines(1));
    expect(now()).toBe(PASS_MS);
  });

  test('are about the fleet of each of their machines', async () => {
    const { woken, heard } = container();
    await woken([sent('i-1'), sent('i-2')]);
    const chosen = ['i-1', 'i-2', 'i-3'].map((id) =>
      heard[0]?.about?.({ ...fleet('a'), inService: [id] }),
    );
    expect(chosen).toEqual([true, true, false]);
  });

  test('that a pass has seen which began after they were sent need no other', async () => {
    const { woken, passes, advance } = container();
    await woken([sent('i-1')]);
    await woken([sent('i-2', -PASS_MS - 600), sent('i-1', -PASS_MS - 700)]);
    expect(passes).toEqual([0]);
    advance(100);
    await woken([sent('i-3', -PASS_MS - 600), sent('i-4')]);
    expect(passes).toHaveLength(2);
  });

  test('need another pass where the clocks may differ by as much as lies between', async () => {
    const { woken, passes } = container();
    await woken([sent('i-1')]);
    await woken([sent('i-2', -PASS_MS - 400)]);
    expect(passes).toHaveLength(2);
  });

  test('need another pass where the one before found no machine of its own, failed whole, or left classes', async () => {
    for (const result of ['foreign', 'broken', 'left'] as const) {
      const { woken, passes } = container({ result });
      await woken([sent('i-1')]);
      await woken([sent('i-2', -PASS_MS - 600)]);
      expect([result, passes.length]).toEqual([result, 2]);
    }
  });

  test('need no other where single classes failed: those would fail again', async () => {
    const { woken, passes, failures } = container({ result: 'failed' });
    await woken([sent('i-1')]);
    await woken([sent('i-2', -PASS_MS - 600)]);
    expect(passes).toHaveLength(1);
    expect(failures).toEqual(['1 problem: acme/linux: 500']);
  });

  test('are dropped when they were sent more than 15 s before, which is said, and the others are not', async () => {
    const { woken, passes, warnings } = container();
    await woken([sent('i-1', -LATE_MS - 1)]);
    expect(passes).toEqual([]);
    await woken([sent('i-1', -LATE_MS - 1), sent('i-2', -LATE_MS)]);
    expect(passes).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/^1 of 1 wake-ups were sent more than 15 s before they came/),
      expect.stringMatching(/^1 of 2 wake-ups were sent/),
    ]);
  });

  test('lead to a pass each when they come from a clock that is far ahead', async () => {
    const { woken, passes, advance } = container();
    await woken([sent('i-1', 3_600_000)]);
    advance(1_000);
    await woken([sent('i-2', 3_600_000)]);
    expect(passes).toHaveLength(2);
  });
});

describe('the last words of a batch', () => {
  const lastWord: LastWord = {
    resourceClass: 'acme/a',
    instanceId: 'i-1',
    outcome: 'served',
    reason: 'done',
    phases: {},
  };

  test('come with its wake-ups into one pass', async () => {
    const { woken, heard, passes } = container();
    await woken([sent('i-1')], [lastWord]);
    expect(passes).toHaveLength(1);
    expect(heard).toEqual([{ about: expect.any(Function), pass: false, lastWords: [lastWord] }]);
  });

  test('alone ask for no pass over other classes, and not to be left out for what was seen', async () => {
    const { woken, heard } = container();
    await woken([sent('i-1')]);
    await woken([sent('i-1', -PASS_MS - 600)], [lastWord]);
    expect(heard[1]).toEqual({ about: undefined, pass: false, lastWords: [lastWord] });
  });

  test('alone are no pass that has seen everything', async () => {
    const { woken, passes } = container();
    await woken([], [lastWord]);
    await woken([sent('i-2', -PASS_MS - 600)]);
    expect(passes).toHaveLength(2);
  });

  test('that can change nothing keep nobody waiting, however many come', async () => {
    const { woken, now } = container({ result: 'foreign' });
    for (let batch = 0; batch < 5; batch += 1) await woken([], [lastWord, lastWord, lastWord]);
    expect(now()).toBe(5 * PASS_MS);
  });
});

describe('a message that a pass is due', () => {
  test('leads to one pass over what is in use, however many come at once', async () => {
    const { passed, heard } = container();
    await passed(0, -1_000, 0);
    expect(heard).toEqual([{ about: undefined, pass: true, lastWords: [] }]);
  });

  test('that is more than 5 s late is dropped: the next is near', async () => {
    const { passed, passes } = container();
    await passed(-5_001);
    expect(passes).toEqual([]);
    await passed(-5_000);
    expect(passes).toHaveLength(1);
  });

  test('is left out where an event brought a pass less than half the interval before', async () => {
    const { passed, woken, passes, advance } = container();
    await woken([sent('i-1')]);
    advance(INTERVAL_MS / 2 - PASS_MS);
    await passed(0);
    expect(passes).toHaveLength(1);
    advance(1);
    await passed(0);
    expect(passes).toHaveLength(2);
  });

  test('leads to a pass that has seen what was sent before it', async () => {
    const { passed, woken, passes } = container();
    await passed(0);
    await woken([sent('i-1', -PASS_MS - 600)]);
    expect(passes).toHaveLength(1);
  });

  test('keeps nobody waiting, however often it comes', async () => {
    const { passed, now, advance } = container();
    for (let time = 1; time <= 5; time += 1) {
      await passed(0);
      advance(2_000);
    }
    expect(now()).toBeLessThanOrEqual(5 * (PASS_MS + 2_000));
  });
});

describe('an invocation in a storm', () => {
  test(`of ${STORM_MACHINES} machines lasts until 10 s after its pass began`, async () => {
    const { woken, now } = container();
    await woken(machines(STORM_MACHINES));
    expect(now()).toBe(STORM_PAUSE_MS);
  });

  test('is told from the events of few machines, which come twice', async () => {
    const { woken, now } = container();
    await woken([sent('i-1'), sent('i-1'), sent('i-1'), sent('i-2'), sent('i-2')]);
    expect(now()).toBe(PASS_MS);
  });

  test('is known by a container that is new from what waited long', async () => {
    const { woken, now } = container();
    await woken([sent('i-1', -3_001)]);
    expect(now()).toBe(STORM_PAUSE_MS);
  });

  test('is known from the third pass within 10 s, each for one machine', async () => {
    const { woken, now, advance } = container();
    for (let pass = 0; pass < 2; pass += 1) {
      await woken([sent('i-1')]);
      advance(1_000);
    }
    expect(now()).toBe(2 * (PASS_MS + 1_000));
    await woken([sent('i-3')]);
    expect(now()).toBe(2 * (PASS_MS + 1_000) + STORM_PAUSE_MS);
  });

  test('makes its next pass 10 s after the pass before, however few that was for', async () => {
    const { woken, passes, advance } = container();
    await woken([sent('i-1')]);
    advance(300);
    await woken(machines(STORM_MACHINES));
    expect(passes).toEqual([0, STORM_PAUSE_MS]);
  });

  test('of machines of others keeps nobody waiting', async () => {
    const { woken, now } = container({ result: 'foreign' });
    await woken(machines(100));
    expect(now()).toBe(PASS_MS);
  });

  test('never lasts into the time limit of the function', async () => {
    const { woken, now } = container({ remainingMs: 9_000 });
    await woken(machines(100));
    expect(now()).toBe(7_000);
  });
});

const INTERVAL_MS = 10_000;

describe('the changes of a batch', () => {
  test('lead to one pass, which is told where they were', async () => {
    const { changed, heard, now } = container();
    await changed(change('acme/app'), change('acme/lib', -200));
    expect(heard).toEqual([
      {
        pass: false,
        lastWords: [],
        changes: [
          { source: 'github', where: 'acme/app' },
          { source: 'github', where: 'acme/lib' },
        ],
      },
    ]);
    expect(now()).toBe(PASS_MS);
  });

  test('that a pass has read which began after they were sent need no other', async () => {
    const { changed, heard } = container();
    await changed(change('acme/app'));
    await changed(change('Acme/APP', -PASS_MS - 600), change('acme/lib', -PASS_MS - 600));
    expect(heard[1]?.changes).toEqual([{ source: 'github', where: 'acme/lib' }]);
    await changed(change('acme/app', -2 * PASS_MS - 600));
    expect(heard).toHaveLength(2);
    await changed(change('acme/app'));
    expect(heard).toHaveLength(3);
  });

  test('are not known to a pass over all classes that was made for machines', async () => {
    const { changed, woken, passes } = container();
    await woken([sent('i-1')]);
    await changed(change('acme/app', -PASS_MS - 600));
    expect(passes).toHaveLength(2);
  });

  test('make no pass over all classes, so machines ask for their own', async () => {
    const { changed, woken, passes } = container();
    await changed(change('acme/app'));
    await woken([sent('i-1', -PASS_MS - 600)]);
    expect(passes).toHaveLength(2);
  });

  test('are heard however late they come', async () => {
    const { changed, passes, warnings } = container();
    await changed(change('acme/app', -50_000));
    expect(passes).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  test('go with the pass that is due, and with wake-ups', async () => {
    const { handle, heard, clock } = container();
    await handle({
      wakeUps: [{ ...sent('i-1'), sentAt: clock.now() }],
      lastWords: [],
      changes: [{ ...change('acme/app'), sentAt: clock.now() }],
      passes: [clock.now()],
    });
    expect(heard).toEqual([
      {
        pass: true,
        about: expect.any(Function),
        lastWords: [],
        changes: [{ source: 'github', where: 'acme/app' }],
      },
    ]);
  });

  test('are a storm where they are of many repositories', async () => {
    const { changed, now } = container();
    await changed(...changes(STORM_MACHINES));
    expect(now()).toBe(STORM_PAUSE_MS);
  });

  test('of one repository, one after another, lead to three passes and then to a pause', async () => {
    const { changed, passes, advance, now } = container();
    for (let batch = 0; batch < 3; batch += 1) {
      await changed(change('acme/app'));
      advance(batch < 2 ? 300 : 0);
    }
    expect(passes).toEqual([0, 1_000, 2_000]);
    expect(now()).toBe(2_000 + STORM_PAUSE_MS);
  });

  test.each([
    ['that failed whole are heard again', 'broken', 2],
    ['whose classes failed are not read at once again', 'failed', 1],
    ['whose classes were left are read again', 'left', 2],
  ] as const)('%s', async (_what, result, expected) => {
    const { changed, passes } = container({ result });
    await changed(change('acme/app'));
    await changed(change('acme/app', -PASS_MS - 600));
    expect(passes).toHaveLength(expected);
  });

  test('of nobody keep nobody waiting', async () => {
    const { changed, now } = container({ result: 'foreign' });
    await changed(...changes(200));
    expect(now()).toBe(PASS_MS);
  });

  test('ten thousand in one batch lead to one pass', async () => {
    const { changed, passes } = container();
    await changed(...changes(10_000));
    expect(passes).toHaveLength(1);
  });
});

/** What a pass takes. */
const PASS_MS = 700;

interface Setting {
  readonly result?: 'fine' | 'foreign' | 'left' | 'failed' | 'broken';
  readonly remainingMs?: number;
}

function sent(instanceId: string, ms = 0): SentWakeUp {
  return { instanceId, about: holding({ instanceId, resourceClass: undefined }), sentAt: ms };
}

function machines(count: number): readonly SentWakeUp[] {
  return Array.from({ length: count }, (_, index) => sent(`i-${index}`));
}

function change(where: string, ms = 0): SentChange {
  return { source: 'github', where, sentAt: ms };
}

function changes(count: number): readonly SentChange[] {
  return Array.from({ length: count }, (_, index) => change(`acme/app-${index}`));
}

/** A container that has just started; when a wake-up was sent is said from the moment it comes. */
function container({ result = 'fine', remainingMs = 60_000 }: Setting = {}) {
  const clock = manualClock();
  const startedAt = clock.now();
  const passes: number[] = [];
  const heard: Heard[] = [];
  const warnings: string[] = [];
  const failures: string[] = [];
  const handle = wakeUps({
    clock,
    passIntervalMs: INTERVAL_MS,
    warning: (message) => warnings.push(message),
    failed: (error) => failures.push(error instanceof Error ? error.message : String(error)),
    scaler: async (_remainingMs, told = { lastWords: [] }) => {
      passes.push(clock.now() - startedAt);
      heard.push(told);
      clock.advance(PASS_MS);
      if (result === 'broken') throw new Error('rate exceeded');
      if (result !== 'foreign') {
        const inService = Array.from({ length: 200 }, (_, index) => `i-${index}`);
        told.about?.({ ...fleet('a'), inService });
      }
      if (result === 'failed') throw new InvocationError(['acme/linux: 500']);
      const fleets = result === 'foreign' ? 0 : 1;
      return { timed: false, fleets, left: result === 'left' ? 7 : 0 };
    },
  });
  return {
    passes,
    heard,
    warnings,
    failures,
    now: () => clock.now() - startedAt,
    advance: (ms: number) => clock.advance(ms),
    clock,
    handle: async (sent: Sent) => handle(sent, remainingMs),
    changed: async (...given: readonly SentChange[]) => {
      const now = clock.now();
      const changes = given.map((each) => ({ ...each, sentAt: now + each.sentAt }));
      await handle({ wakeUps: [], lastWords: [], changes }, remainingMs);
    },
    /** Passes that are due so many milliseconds from now. */
    passed: async (...dueIn: readonly number[]) => {
      const now = clock.now();
      const passes = dueIn.map((ms) => now + ms);
      await handle({ wakeUps: [], lastWords: [], passes }, remainingMs);
    },
    woken: async (wakeUps: readonly SentWakeUp[], lastWords: readonly LastWord[] = []) => {
      const now = clock.now();
      await handle(
        {
          wakeUps: wakeUps.map((each) => ({ ...each, sentAt: now + each.sentAt })),
          lastWords,
        },
        remainingMs,
      );
    },
  };
}
