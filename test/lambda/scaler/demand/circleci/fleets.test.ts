/** What only the fleets API has: a class has an id, which is looked up. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { callRate } from '../../../../../lambda/scaler/demand/call-rate.ts';
import { MOST_PAGES } from '../../../../../lambda/scaler/demand/circleci/fleets.ts';
import type { Answer, Received } from '../../../../http-server.ts';
import { manualClock } from '../../../../manual-clock.ts';
import { circle, classes, FLEETS, ID, rateOf, queueOf } from '../circleci-stage.ts';
import { good } from '../source-contract.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

const OTHER_ID = '11111111-2222-4333-8444-555555555555';
const LINUX = { id: ID, resource_class: 'acme/linux' };
const OTHER = { id: OTHER_ID, resource_class: 'acme/other' };
const answered = good(FLEETS, { running: 3, unclaimed: 7 });
const DEMAND = { running: 3, unclaimed: 7 };

/** Good answers, but for the look-up. */
function lookingUp(lookUp: (request: Received) => Answer) {
  return (request: Received): Answer =>
    request.path.endsWith('/resource-classes') ? lookUp(request) : answered(request);
}

const fleetOf = (id: unknown, rest: object = {}) => ({
  body: JSON.stringify({
    data: { id, attributes: { running_tasks: 3, queued_tasks: 7 }, ...rest },
  }),
});

describe('the id of a class', () => {
  test('is looked up once, and one call is enough from then on', async () => {
    const { read, paths } = await circle(FLEETS, answered);
    for (let pass = 0; pass < 3; pass += 1) expect(await read()).toEqual(DEMAND);
    const [lookUp, fleet] = FLEETS.paths;
    expect(paths()).toEqual([lookUp, fleet, fleet, fleet]);
  });

  test("is looked up by the exact name, in the form of CircleCI's own clients", async () => {
    const { read, received } = await circle(FLEETS, answered);
    await read('acme/linux+gpu:2');
    expect([...(received[0]?.query ?? [])]).toEqual([
      ['filter[resource_class]', 'acme/linux+gpu:2'],
    ]);
    // With an id, any filter would be refused.
    expect([...(received[1]?.query ?? [])]).toEqual([]);
  });

  test('is that of the class itself, also where others come with it', async () => {
    const body = classes([OTHER, { ...LINUX, resource_class: 'acme/linux-large' }, LINUX]);
    const { read, paths } = await circle(
      FLEETS,
      lookingUp(() => ({ body })),
    );
    await read();
    expect(paths()[1]).toBe(`/api/v3/runner/fleets/${ID}`);
  });

  test('is looked for on further pages, by the cursor of the page before', async () => {
    const orders: string[] = [];
    const { read, received } = await circle(
      FLEETS,
      lookingUp(({ query }) => ({
        body:
          query.get('page[cursor]') === 'a+b/c=' ? classes([LINUX]) : classes([OTHER], 'a+b/c='),
      })),
      { rate: rateOf(orders) },
    );
    expect(await read()).toEqual(DEMAND);
    expect(orders).toEqual(['new', 'begun', 'begun']);
    expect(received.map(({ query }) => query.get('page[cursor]'))).toEqual([null, 'a+b/c=', null]);
    expect(received[1]?.query.get('filter[resource_class]')).toBe('acme/linux');
  });

  test('is not looked for without end', async () => {
    let page = 0;
    const { failure, received } = await circle(FLEETS, () => ({
      body: classes([OTHER], `page ${(page += 1)}`),
    }));
    const error = await failure();
    expect(error.kind).toBe('invalid-answer');
    expect(error.message).toContain('without effect');
    expect(received).toHaveLength(MOST_PAGES);
  });

  test.each([
    ['an empty list', classes([])],
    ['a list of others', classes([OTHER])],
    ['a list that ends in an empty cursor', classes([OTHER], '')],
    ['a list without a page', '{"data":[]}'],
  ])('is missing in %s, so the class is not found', async (_name, body) => {
    const { failure } = await circle(FLEETS, () => ({ body }));
    const error = await failure();
    expect(error.kind).toBe('not-found');
    expect(error.message).toContain('may not see it');
  });

  test('may come twice, as long as it is the same', async () => {
    const body = classes([LINUX, LINUX]);
    const { read } = await circle(
      FLEETS,
      lookingUp(() => ({ body })),
    );
    expect(await read()).toEqual(DEMAND);
  });

  test.each([
    ['of which there are two', [LINUX, { ...LINUX, id: OTHER_ID }], 'several ids'],
    ['that leads elsewhere', [{ ...LINUX, id: '../agents' }], 'no usable id'],
    ['that is a number', [{ ...LINUX, id: 7 }], 'no usable id'],
    ['that is empty', [{ ...LINUX, id: '' }], 'no usable id'],
  ])('%s is refused', async (_name, items, words) => {
    const { failure, received } = await circle(FLEETS, () => ({ body: classes(items) }));
    const error = await failure();
    expect(error.kind).toBe('invalid-answer');
    expect(error.message).toContain(words);
    expect(received).toHaveLength(1);
  });

  test('is kept for its own class only', async () => {
    const { read, paths } = await circle(FLEETS, (request) =>
      request.path.endsWith('/resource-classes')
        ? { body: classes([LINUX, OTHER]) }
        : fleetOf(request.path.split('/').at(-1)),
    );
    await read('acme/linux');
    await read('acme/other');
    expect(paths().filter((path) => path.includes('/fleets/'))).toEqual([
      `/api/v3/runner/fleets/${ID}`,
      `/api/v3/runner/fleets/${OTHER_ID}`,
    ]);
  });

  test('that is not found any more is looked up again, in the same read', async () => {
    let id = ID;
    const { read, paths } = await circle(FLEETS, (request) => {
      if (request.path.endsWith('/resource-classes')) return { body: classes([{ ...LINUX, id }]) };
      return request.path.endsWith(id) ? fleetOf(id) : { status: 404 };
    });
    await read();
    id = OTHER_ID;
    expect(await read()).toEqual(DEMAND);
    await read();
    const [lookUp, old] = FLEETS.paths;
    const fresh = `/api/v3/runner/fleets/${OTHER_ID}`;
    expect(paths()).toEqual([lookUp, old, old, lookUp, fresh, fresh]);
  });

  test('of a class that was deleted is not asked for in each read', async () => {
    let deleted = false;
    const { read, failure, paths } = await circle(FLEETS, (request) =>
      deleted ? { status: 404 } : answered(request),
    );
    await read();
    deleted = true;
    expect((await failure()).kind).toBe('not-found');
    expect((await failure()).kind).toBe('not-found');
    const [lookUp, fleet] = FLEETS.paths;
    expect(paths()).toEqual([lookUp, fleet, fleet, lookUp, lookUp]);
  });

  test.each([503, 401, 400])('is kept when its fleet is answered by %i', async (status) => {
    let trouble = false;
    const { read, failure, paths } = await circle(FLEETS, (request) =>
      trouble ? { status } : answered(request),
    );
    await read();
    trouble = true;
    await failure();
    trouble = false;
    await read();
    expect(paths().filter((path) => path.endsWith('/resource-classes'))).toHaveLength(1);
  });
});

describe('a fleet', () => {
  test.each([
    ['by its id', fleetOf(ID)],
    ['by that of its class', fleetOf('f', { references: { resource_class: { id: ID } } })],
  ])('is known %s', async (_name, reply) => {
    const { read } = await circle(FLEETS, ({ path }) =>
      path.endsWith('/resource-classes') ? { body: classes([LINUX]) } : reply,
    );
    expect(await read()).toEqual(DEMAND);
  });

  test('of another class is refused', async () => {
    const { failure } = await circle(FLEETS, ({ path }) =>
      path.endsWith('/resource-classes') ? { body: classes([LINUX]) } : fleetOf(OTHER_ID),
    );
    const error = await failure();
    expect(error.kind).toBe('invalid-answer');
    expect(error.message).toContain('without the fleet that was asked for');
  });

  test('with many agents is read whole', async () => {
    const agents = Array.from({ length: 1_000 }, (_, at) => ({
      id: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
      attributes: { name: `i-${String(at).padStart(17, '0')}` },
    }));
    const { read } = await circle(FLEETS, ({ path }) =>
      path.endsWith('/resource-classes')
        ? { body: classes([LINUX]) }
        : fleetOf(ID, { references: { runner_agents: agents } }),
    );
    expect(await read()).toEqual(DEMAND);
  });

  test('of CircleCI Cloud is at its main host, as the look-up is', async () => {
    const { read, origins } = await circle(FLEETS, answered, {
      url: 'https://runner.circleci.com',
    });
    await read();
    expect(origins).toEqual(['https://circleci.com', 'https://circleci.com']);
  });

  test('of an installation that refuses may not be answered at all, which is said', async () => {
    const own = await circle(FLEETS, () => ({ status: 404 }));
    expect((await own.failure()).message).toContain("set circleci.api to 'counts' in the config");
    await closeStage();
    const cloud = await circle(FLEETS, () => ({ status: 404 }), {
      url: 'https://runner.circleci.com',
    });
    expect((await cloud.failure()).message).not.toContain('circleci.api');
  });
});

describe('the classes that there is time for', () => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `acme/c${at}`);

  test('are half as many as calls while their ids are not known, then as many', async () => {
    const rate = callRate(manualClock(), 3_000);
    const { source, read } = await circle(FLEETS, answered, { rate });
    const calls = rate.callsWithin(10);
    expect(calls).toBe(10);
    expect(source.classesWithin?.(10, names(20).map(queueOf))).toBe(5);
    for (const name of names(20).slice(0, 8)) await read(name);
    expect(source.classesWithin?.(10, names(8).map(queueOf))).toBe(10);
    // Two ids are missing: two calls of the ten go into them at most.
    expect(source.classesWithin?.(10, names(10).map(queueOf))).toBe(8);
    expect(source.classesWithin?.(10, names(20).map(queueOf))).toBe(5);
  });
});
