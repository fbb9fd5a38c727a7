import { describe, expect, test } from '@jest/globals';
import type { Activity } from '../../../../lambda/scaler/fleet/fleets.ts';
import { activityReader, MOST_CALLS } from '../../../../lambda/scaler/hold-back/reading.ts';
import type { Held, Watch } from '../../../../lambda/scaler/hold-back/state.ts';
import { abandoned, end, launch } from './activities.ts';

/** A reader of a record with 20 activities a page. */
function reading(record: readonly Activity[]) {
  const calls = { made: 0 };
  const read = activityReader(
    {
      activities: async (_group, from) => {
        calls.made += 1;
        const begin = Number(from ?? 0);
        const next = begin + 20 < record.length ? String(begin + 20) : undefined;
        return { activities: record.slice(begin, begin + 20), next };
      },
    },
    new AbortController().signal,
  );
  return { read, calls };
}

const ASKED = { group: 'a', state: undefined, want: 10 };

describe('the record of a group', () => {
  test('is read no further than to the last launch in service', async () => {
    const { read, calls } = reading([launch(900), ...fillWith(100, () => abandoned(1))]);
    expect(await read(ASKED)).toMatchObject({ futileLaunches: 0 });
    expect(calls.made).toBe(1);
  });

  test('is read as far as more than allowed can be found in vain', async () => {
    const inVain = [...Array(60).keys()].flatMap((at) => [end(1000 - at), abandoned(1000 - at)]);
    const { read, calls } = reading(inVain);
    const evidence = await read(ASKED);
    expect(evidence?.futileLaunches).toBeGreaterThan(30);
    expect(calls.made).toBe(4);
  });

  test('is read one page while launches are held back', async () => {
    const { read, calls } = reading(fillWith(100, () => abandoned(1)));
    const state: Held = {
      kind: 'held',
      cause: 'boots-fail',
      since: 0,
      next: 0,
      waiting: 0,
      template: undefined,
    };
    await read({ ...ASKED, state });
    expect(calls.made).toBe(1);
  });

  test('is read as far as a watch goes back', async () => {
    const state: Watch = { kind: 'watch', cause: 'agents-fail', since: 0, want: 8 };
    const ends = [...Array(60).keys()].flatMap((at) => [end(1000 - at), launch(900 - at)]);
    const { read } = reading(ends);
    expect((await read({ ...ASKED, state }))?.endedAt.length).toBeGreaterThan(26);
  });

  test('is read in no more than so many calls of one pass', async () => {
    const { read, calls } = reading(fillWith(500, () => end(1)));
    const told = [await read(ASKED), await read(ASKED), await read(ASKED), await read(ASKED)];
    expect(calls.made).toBe(MOST_CALLS);
    expect(told.at(-1)).toBeUndefined();
  });
});

function fillWith(count: number, make: () => Activity): readonly Activity[] {
  return Array.from({ length: count }, make);
}
