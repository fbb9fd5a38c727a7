import { afterEach, describe, expect, test } from '@jest/globals';
import type { Received, Reply } from '../../../../http-server.ts';
import {
  ARM,
  gitLabStage,
  GRAPHQL,
  graphQl,
  INSTANCE,
  LINUX,
  queueOf,
  runnersIn,
  SAID,
  type Said,
} from '../gitlab-stage.ts';
import { closeStage, TOKEN } from '../source-stage.ts';

afterEach(closeStage);

/** Each class's counts follow from its runner's id. */
const byId = (request: Received) =>
  graphQl(request, (id) => ({
    runner: { ...SAID.runner, jobCount: id },
    jobs: { count: 2 * id },
  }));

const classes = (count: number) =>
  Array.from({ length: count }, (_, at) => queueOf(at + 1, { resourceClass: `class-${at + 1}` }));

const answering = (body: unknown) => (): Reply => ({ body: JSON.stringify(body) });

describe('the demand of an installation', () => {
  test('is asked for by one query, with the jobs that a runner can take and those it has', async () => {
    const { read, received } = await gitLabStage(INSTANCE, graphQl);
    await read(LINUX);
    const [request] = received;
    expect(request).toMatchObject({ method: 'POST', path: GRAPHQL });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      query:
        'query { runner0: runner(id: "gid://gitlab/Ci::Runner/1") { paused adminUrl jobCount(statuses: [RUNNING, CANCELING]) } ' +
        'jobs0: jobs(statuses: [PENDING], compatibleRunnerId: "gid://gitlab/Ci::Runner/1", first: 1) { count } }',
    });
  });

  test.each([
    [1, 1],
    [20, 1],
    [21, 2],
    [100, 5],
  ])('of %i classes takes %i requests in a pass, and as many in the next', async (count, calls) => {
    const { readAll, received } = await gitLabStage(INSTANCE, byId);
    const queues = classes(count);
    expect(await readAll(queues)).toEqual(
      queues.map((_, at) => ({
        status: 'fulfilled',
        value: { running: at + 1, unclaimed: 2 * (at + 1) },
      })),
    );
    expect(received).toHaveLength(calls);
    await readAll(queues);
    expect(received).toHaveLength(2 * calls);
  });

  test('of a class is read once in a pass', async () => {
    const { read, pass, received } = await gitLabStage(INSTANCE, byId);
    const budget = pass();
    await Promise.all([read(LINUX, budget), read(LINUX, budget)]);
    expect(received).toHaveLength(1);
  });

  test('is asked for by smaller queries where GitLab allows no such cost, and from then on', async () => {
    const { readAll, received } = await gitLabStage(INSTANCE, (request) =>
      runnersIn(request).length > 5
        ? {
            body: '{"errors":[{"message":"Query has complexity of 318, which exceeds max complexity of 250"}]}',
          }
        : byId(request),
    );
    const queues = classes(20);
    const results = await readAll(queues);
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
    // One of 20, two of 10, and four of 5.
    expect(received).toHaveLength(7);
    await readAll(queues);
    expect(received).toHaveLength(11);
  });

  test('whose cost is too high for a single class is unknown', async () => {
    const { failure } = await gitLabStage(
      INSTANCE,
      answering({
        errors: [{ message: 'Query has complexity of 20, which exceeds max complexity of 10' }],
      }),
    );
    expect(await failure(LINUX)).toMatchObject({
      kind: 'bad-request',
      message: expect.stringContaining('Query has complexity of 20'),
    });
  });
});

describe('the rights of the token', () => {
  test.each<[name: string, said: Said, words: string]>([
    [
      'of no administrator, though the list is empty',
      { runner: { paused: false, adminUrl: null, jobCount: 0 }, jobs: { count: 0 } },
      'no administrator',
    ],
    ['that may not see the runner', { runner: null, jobs: { count: 0 } }, 'without the runner 1'],
  ])('%s make the demand unknown, never none', async (_name, said, words) => {
    const { failure } = await gitLabStage(INSTANCE, (request) => graphQl(request, () => said));
    const { kind, message } = await failure(LINUX);
    expect(kind).toBe('forbidden');
    expect(message).toContain(words);
  });

  test('that are taken away later are noticed', async () => {
    let adminUrl: string | null = 'https://gitlab.example.com/admin/runners/1';
    const { read, failure } = await gitLabStage(INSTANCE, (request) =>
      graphQl(request, () => ({
        runner: { paused: false, adminUrl, jobCount: 0 },
        jobs: { count: adminUrl === null ? 0 : 3 },
      })),
    );
    expect(await read(LINUX)).toEqual({ running: 0, unclaimed: 3 });
    adminUrl = null;
    expect((await failure(LINUX)).kind).toBe('forbidden');
  });

  test('are found with a fresh token', async () => {
    const { read } = await gitLabStage(
      INSTANCE,
      (request) =>
        graphQl(request, () =>
          request.headers.authorization === 'Bearer fresh' ? SAID : { runner: null },
        ),
      { fresh: 'fresh' },
    );
    expect(await read(LINUX)).toEqual({ running: 1, unclaimed: 2 });
  });
});

describe('an answer of GraphQL with 200', () => {
  test.each([
    ['Invalid token', 'unauthorized'],
    [
      "The resource that you are attempting to access does not exist or you don't have permission to perform this action",
      'forbidden',
    ],
    ['Timeout on validation of query', 'unavailable'],
    ['Internal server error', 'unavailable'],
    ["Field 'adminUrl' doesn't exist on type 'CiRunner'", 'bad-request'],
    [
      "Argument 'statuses' on Field 'jobCount' has an invalid value ([RUNNING, CANCELING])",
      'bad-request',
    ],
    ['something new', 'invalid-answer'],
  ])('and the error %j is a failure (%s), with and without data', async (message, kind) => {
    for (const data of [undefined, null, { runner0: SAID.runner, jobs0: { count: 0 } }]) {
      const { failure } = await gitLabStage(INSTANCE, answering({ data, errors: [{ message }] }));
      const error = await failure(LINUX);
      expect(error.kind).toBe(kind);
      expect(error.message).toContain(`answered 200 with an error of GraphQL (${message}): `);
      await closeStage();
    }
  });

  test('and an error of one class leaves the others theirs', async () => {
    const { readAll, rereads } = await gitLabStage(INSTANCE, () => ({
      body: JSON.stringify({
        data: { runner0: SAID.runner, jobs0: SAID.jobs, runner1: SAID.runner, jobs1: null },
        errors: [{ message: `statement timeout for ${TOKEN}`, path: ['jobs1', 'count'] }],
      }),
    }));
    const [linux, arm] = await readAll([LINUX, ARM]);
    expect(linux).toEqual({ status: 'fulfilled', value: { running: 1, unclaimed: 2 } });
    expect(arm).toMatchObject({
      status: 'rejected',
      reason: { kind: 'unavailable', message: expect.stringContaining('timeout for ***') },
    });
    expect(rereads()).toBe(0);
  });

  test('and a part of the data leaves out the class it is missing for', async () => {
    const { readAll } = await gitLabStage(INSTANCE, () => ({
      body: JSON.stringify({ data: { runner0: SAID.runner, jobs0: SAID.jobs } }),
    }));
    expect(await readAll([LINUX, ARM])).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { kind: 'invalid-answer' } },
    ]);
  });

  test.each([1_000, 1_001])(
    'and %i running jobs: a thousand is the last number',
    async (jobCount) => {
      const { readAll } = await gitLabStage(INSTANCE, (request) =>
        graphQl(request, () => ({ runner: { ...SAID.runner, jobCount } })),
      );
      const reason = { kind: 'invalid-answer', message: expect.stringContaining('more than 1000') };
      expect(await readAll([LINUX])).toMatchObject(
        jobCount === 1_000
          ? [{ status: 'fulfilled', value: { running: 1_000 } }]
          : [{ status: 'rejected', reason }],
      );
    },
  );
});

describe('a runner', () => {
  test('that is paused has nobody waiting for it, and is told once each time', async () => {
    let paused = true;
    const { read, notices } = await gitLabStage(INSTANCE, (request) =>
      graphQl(request, () => ({ runner: { ...SAID.runner, paused } })),
    );
    expect(await read(LINUX)).toEqual({ running: 1, unclaimed: 0 });
    await read(LINUX);
    expect(notices).toEqual([
      'the runner 1 of linux is paused in GitLab, so it takes no job and nothing is launched for what waits; resume it there',
    ]);
    paused = false;
    expect(await read(LINUX)).toEqual({ running: 1, unclaimed: 2 });
    paused = true;
    await read(LINUX);
    expect(notices).toHaveLength(2);
  });

  test('that a tag does not name makes its own class unknown', async () => {
    const { readAll, received } = await gitLabStage(INSTANCE, graphQl);
    const unnamed = { resourceClass: 'old', group: 'ci-old' };
    expect(await readAll([unnamed, LINUX])).toMatchObject([
      {
        status: 'rejected',
        reason: {
          kind: 'bad-request',
          message: expect.stringContaining('of ci-old names no runner'),
        },
      },
      { status: 'fulfilled' },
    ]);
    expect(received).toHaveLength(1);
  });
});
