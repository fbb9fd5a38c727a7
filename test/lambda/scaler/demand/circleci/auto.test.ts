/** Fleets where they are answered, else the counts. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { callRate } from '../../../../../lambda/scaler/demand/call-rate.ts';
import type { Answer, Received } from '../../../../http-server.ts';
import { manualClock } from '../../../../manual-clock.ts';
import { circle, COUNTS, FLEETS, queueOf } from '../circleci-stage.ts';
import { good } from '../source-contract.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

const AUTO = { api: 'auto' } as const;
const BY_COUNTS = { running: 1, unclaimed: 2 };
const BY_FLEETS = { running: 3, unclaimed: 7 };
const [LOOK_UP = '', FLEET = ''] = FLEETS.paths;

const isCount = ({ path }: Received) => path.includes('/runner/tasks');
const byCounts = good(COUNTS, BY_COUNTS);
const byFleets = good(FLEETS, BY_FLEETS);
const both = (request: Received) => (isCount(request) ? byCounts(request) : byFleets(request));

/** The counts alone are answered. */
function withoutFleets(refusal: Answer) {
  return (request: Received): Answer => (isCount(request) ? byCounts(request) : refusal);
}

describe('an installation that answers both', () => {
  test('is asked for fleets, and for no count', async () => {
    const { read, paths, notices } = await circle(AUTO, both);
    expect(await read()).toEqual(BY_FLEETS);
    expect(await read()).toEqual(BY_FLEETS);
    expect(paths()).toEqual([LOOK_UP, FLEET, FLEET]);
    expect(notices).toEqual([]);
  });

  test('is asked for fleets for good: a class that is not found later is a failure', async () => {
    const { read, failure, paths, notices } = await circle(AUTO, (request) =>
      request.query.get('filter[resource_class]') === 'acme/typo' ? { status: 404 } : both(request),
    );
    await read();
    expect((await failure('acme/typo')).kind).toBe('not-found');
    expect(await read()).toEqual(BY_FLEETS);
    expect(paths().filter((path) => path.includes('/runner/tasks'))).toEqual([]);
    expect(notices).toEqual([]);
  });

  test('is asked for fleets also where the first class does not exist', async () => {
    const { read, failure, notices } = await circle(AUTO, (request) =>
      [...request.query.values()].includes('acme/typo') ? { status: 404 } : both(request),
    );
    expect((await failure('acme/typo')).kind).toBe('not-found');
    expect(await read()).toEqual(BY_FLEETS);
    expect((await failure('acme/typo')).kind).toBe('not-found');
    expect(notices).toEqual([]);
  });

  test('may retire its fleets while it is read, which the counts make up for', async () => {
    let retired = false;
    const { read, paths, notices } = await circle(AUTO, (request) =>
      retired && !isCount(request) ? { status: 410 } : both(request),
    );
    expect(await read()).toEqual(BY_FLEETS);
    retired = true;
    expect(await read()).toEqual(BY_COUNTS);
    expect(await read()).toEqual(BY_COUNTS);
    expect(paths()).toEqual([LOOK_UP, FLEET, FLEET, ...COUNTS.paths, ...COUNTS.paths]);
    expect(notices).toHaveLength(1);
  });
});

describe('an installation without fleets', () => {
  test.each([
    [404, 'not-found'],
    [400, 'bad-request'],
    [410, 'gone'],
  ])(
    'that answers them by %i is asked for the counts from then on, and that is told once',
    async (status, kind) => {
      const { read, paths, notices } = await circle(AUTO, withoutFleets({ status }));
      for (let pass = 0; pass < 3; pass += 1) expect(await read()).toEqual(BY_COUNTS);
      expect(paths()).toEqual([LOOK_UP, ...COUNTS.paths, ...COUNTS.paths, ...COUNTS.paths]);
      expect(notices).toEqual([
        `CircleCI does not answer the fleets API (${kind}) and answers the two task counts, which this container ` +
          "reads from now on, as circleci.api is 'auto' in the config; with 'counts' nothing else is asked for",
      ]);
    },
  );

  test('is told once where many classes find it out at a time', async () => {
    const { read, notices } = await circle(AUTO, withoutFleets({ status: 404 }));
    const demands = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => read(`acme/class-${at}`)),
    );
    expect(new Set(demands.map((demand) => JSON.stringify(demand))).size).toBe(1);
    expect(demands[0]).toEqual(BY_COUNTS);
    expect(notices).toHaveLength(1);
  });

  test('may get them when the counts come to their end, which takes no other container', async () => {
    let updated = false;
    const { read, notices } = await circle(AUTO, (request) => {
      if (updated) return isCount(request) ? { status: 410 } : byFleets(request);
      return isCount(request) ? byCounts(request) : { status: 404 };
    });
    expect(await read()).toEqual(BY_COUNTS);
    updated = true;
    expect(await read()).toEqual(BY_FLEETS);
    expect(await read()).toEqual(BY_FLEETS);
    expect(notices).toHaveLength(1);
  });

  test('is unknown when its counts have come to their end and nothing follows them', async () => {
    let ended = false;
    const { read, failure } = await circle(AUTO, (request) =>
      isCount(request) && !ended ? byCounts(request) : { status: isCount(request) ? 410 : 404 },
    );
    expect(await read()).toEqual(BY_COUNTS);
    ended = true;
    expect((await failure()).kind).toBe('gone');
    expect((await failure()).kind).toBe('gone');
  });

  test('may have the classes by name and still no fleets', async () => {
    const { read, notices } = await circle(AUTO, (request) =>
      request.path === FLEET ? { status: 404 } : both(request),
    );
    expect(await read()).toEqual(BY_COUNTS);
    expect(notices).toHaveLength(1);
  });
});

describe('classes that find out at a time', () => {
  test('do not take the counts when another has read its fleet meanwhile', async () => {
    const proven = gate();
    const { read, paths, notices } = await circle(AUTO, async (request) => {
      const asked = [...request.query.values()];
      if (!asked.includes('acme/new')) return both(request);
      if (!isCount(request)) return { status: 404 };
      await proven.opened;
      return byCounts(request);
    });
    const early = read('acme/new');
    expect(await read()).toEqual(BY_FLEETS);
    proven.open();
    // What was read is whole, so it is used; from then on the fleets are asked for.
    expect(await early).toEqual(BY_COUNTS);
    expect(await read()).toEqual(BY_FLEETS);
    expect(paths().at(-1)).toBe(FLEET);
    expect(notices).toEqual([]);
  });

  test('do not forget that fleets are answered when the end of the counts is heard late', async () => {
    const proven = gate();
    let ended = false;
    const { read, failure } = await circle(AUTO, async (request) => {
      const isTypo = [...request.query.values()].includes('acme/typo');
      if (!ended) return isCount(request) ? byCounts(request) : { status: 404 };
      if (!isCount(request)) return isTypo ? { status: 404 } : byFleets(request);
      if (isTypo) await proven.opened;
      return { status: 410 };
    });
    await read();
    ended = true;
    const late = failure('acme/typo');
    expect(await read()).toEqual(BY_FLEETS);
    proven.open();
    expect((await late).kind).toBe('not-found');
  });
});

/** What waits for `opened` goes on when it is opened. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

test('however often what is answered changes, a container tells once that it takes the counts', async () => {
  let counted = true;
  const { read, failure, notices } = await circle(AUTO, (request) => {
    if (!isCount(request)) return { status: 404 };
    return counted ? byCounts(request) : { status: 410 };
  });
  for (let change = 0; change < 3; change += 1) {
    counted = true;
    expect(await read()).toEqual(BY_COUNTS);
    counted = false;
    expect((await failure()).kind).toBe('gone');
  }
  expect(notices).toHaveLength(1);
});

describe('nothing is decided, and nothing read of the counts,', () => {
  test.each<[name: string, trouble: Answer, kind: string]>([
    ['a wrong token', { status: 401 }, 'unauthorized'],
    ['an account without runners', { status: 403 }, 'forbidden'],
    ['a limit', { status: 429, headers: { 'retry-after': '60' } }, 'throttled'],
    ['a server in trouble', { status: 503 }, 'unavailable'],
    ['a connection reset', 'reset', 'unavailable'],
    ['a login page', { body: '<html>Log in</html>' }, 'invalid-answer'],
  ])('by %s', async (_name, trouble, kind) => {
    let troubled = true;
    const { read, failure, paths, notices } = await circle(AUTO, (request) =>
      troubled && !isCount(request) ? trouble : both(request),
    );
    expect((await failure()).kind).toBe(kind);
    expect(paths().every((path) => path === LOOK_UP)).toBe(true);
    troubled = false;
    expect(await read()).toEqual(BY_FLEETS);
    expect(notices).toEqual([]);
  });
});

test('while the counts do not answer either, nothing is decided: the demand is unknown', async () => {
  let troubled = true;
  const { read, failure, notices } = await circle(AUTO, (request) => {
    if (!troubled) return both(request);
    return isCount(request) ? { status: 503 } : { status: 404 };
  });
  expect((await failure()).kind).toBe('unavailable');
  troubled = false;
  expect(await read()).toEqual(BY_FLEETS);
  expect(notices).toEqual([]);
});

describe('the classes that there is time for', () => {
  test('are a third of the calls, until it is known what is answered', async () => {
    const rate = callRate(manualClock(), 3_000);
    const { source, read } = await circle(AUTO, both, { rate });
    const names = ['acme/linux', 'acme/arm'];
    expect(rate.callsWithin(12)).toBe(12);
    expect(source.classesWithin?.(12, names.map(queueOf))).toBe(4);
    for (const name of names) await read(name);
    expect(source.classesWithin?.(12, names.map(queueOf))).toBe(12);
  });

  test('are half of them where the counts are read', async () => {
    const rate = callRate(manualClock(), 3_000);
    const { source, read } = await circle(AUTO, withoutFleets({ status: 404 }), { rate });
    await read();
    expect(source.classesWithin?.(12, [queueOf('acme/linux')])).toBe(6);
  });
});
