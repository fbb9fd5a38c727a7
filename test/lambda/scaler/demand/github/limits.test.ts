/** What GitHub takes of requests, and how answers that have not changed spare them. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { keptAnswers } from '../../../../../lambda/scaler/demand/github/kept-answers.ts';
import { requestBudget } from '../../../../../lambda/scaler/demand/github/request-budget.ts';
import { DemandSourceError } from '../../../../../lambda/scaler/demand/source.ts';
import { manualClock } from '../../../../manual-clock.ts';
import {
  hubStage,
  job,
  jobsPath,
  LINUX,
  LIST,
  OWNERS,
  queueOf,
  REPOSITORIES,
  runsPath,
  withHeaders,
} from '../github-stage.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

const APP = 'acme/app';
const HUB = { runs: { [APP]: { queued: [1] } }, jobs: { 1: [job('queued', ['acme'])] } };
const ONE = { unclaimed: 1, running: 0 };

describe('an answer that has not changed', () => {
  /** Each address has its own ETag, and nothing ever changes. */
  async function unchanging() {
    const set = await hubStage(REPOSITORIES, HUB);
    const answer = withHeaders(set.hub, ({ path, query }) => ({
      etag: `W/"${path}${query.get('status')}"`,
    }));
    const statuses: number[] = [];
    set.special.answer = (request) => {
      const isKnown = request.headers['if-none-match'] !== undefined;
      statuses.push(isKnown ? 304 : 200);
      return isKnown ? { status: 304 } : answer(request);
    };
    return { ...set, statuses };
  }

  test('is 304, and the counts of the one before are used', async () => {
    const { read, received, statuses } = await unchanging();
    expect(await read(LINUX)).toEqual(ONE);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(await read(LINUX)).toEqual(ONE);
    expect(statuses.slice(5)).toEqual([304, 304, 304, 304, 304]);
    expect(received[6]?.headers['if-none-match']).toBe(`W/"${runsPath(APP)}queued"`);
    expect(received[9]?.headers['if-none-match']).toBe(`W/"${jobsPath(APP, 1)}null"`);
    for (const { headers } of received) expect(headers.authorization).toMatch(/^Bearer /);
  });

  test('is no answer where nothing was kept', async () => {
    const { failure } = await hubStage(REPOSITORIES, { runs: { [APP]: { status: 304 } } });
    expect(await failure(LINUX)).toMatchObject({
      kind: 'invalid-answer',
      message: expect.stringContaining('answered 304 to a request that names no earlier answer'),
    });
  });

  test('is asked for as a whole where the one before had no ETag, or could not be read', async () => {
    const { read, failure, received, special } = await hubStage(REPOSITORIES, HUB);
    await read(LINUX);
    const calls = received.length;
    special.answer = () => ({ headers: { etag: '"broken"' }, body: '{}' });
    await failure(LINUX);
    special.answer = undefined;
    const failed = received.length;
    await read(LINUX);
    expect(failed).toBeGreaterThan(calls);
    expect(received.length).toBe(failed + calls);
    expect(received.map(({ headers }) => headers['if-none-match'])).not.toContainEqual(
      expect.anything(),
    );
  });

  test('is kept while there is room, the one used last longest', () => {
    const kept = keptAnswers<number>(2);
    kept.keep('a', { etag: '1', page: 1 });
    kept.keep('b', { etag: '2', page: 2 });
    kept.of('a');
    kept.keep('c', { etag: '3', page: 3 });
    expect(['a', 'b', 'c'].map((address) => kept.of(address)?.page)).toEqual([1, undefined, 3]);
  });
});

describe('a limit', () => {
  const DATE = 'Mon, 02 Mar 2026 09:00:00 GMT';
  const RESET = Date.parse(DATE) / 1000 + 1_800;
  const window = (remaining: number) => ({
    date: DATE,
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(RESET),
  });

  test.each<[string, { status: number; headers?: Record<string, string>; body?: string }, number]>([
    ['403, as the hour is used up', { status: 403, headers: window(0) }, 1_800],
    ['429, as the hour is used up', { status: 429, headers: window(0) }, 1_800],
    [
      '403 for too many at once, with retry-after',
      { status: 403, headers: { ...window(4_000), 'retry-after': '120' } },
      120,
    ],
    [
      '403 for too many at once, without',
      {
        status: 403,
        headers: window(4_000),
        body: '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}',
      },
      60,
    ],
    ['429 without a word', { status: 429 }, 60],
  ])(
    'of %s is waited for: nothing is asked before, and it fails at once',
    async (_name, reply, seconds) => {
      const { failure, special, received, clock, read } = await hubStage(OWNERS, HUB);
      special.answer = () => reply;
      expect(await failure(LINUX)).toMatchObject({
        kind: 'throttled',
        retryAt: clock.now() + seconds * 1_000,
      });
      expect(received).toHaveLength(1);
      clock.advance(seconds * 1_000 - 1);
      expect(await failure(LINUX)).toMatchObject({ kind: 'throttled' });
      expect(received).toHaveLength(1);
      special.answer = undefined;
      clock.advance(1);
      expect(await read(LINUX)).toEqual(ONE);
    },
  );

  test('that the last answer reached is not tried: the next pass fails at once, until the hour is over', async () => {
    const { source, read, failure, special, hub, received, clock } = await hubStage(OWNERS, HUB);
    special.answer = withHeaders(hub, ({ path }) => window(path.endsWith('/jobs') ? 0 : 4_000));
    expect(await read(LINUX)).toEqual(ONE);
    const calls = received.length;
    // It is no rest: the class is read, and fails.
    expect(source.restsUntil?.(LINUX)).toBe(Number.NEGATIVE_INFINITY);
    expect(await failure(LINUX)).toMatchObject({ kind: 'throttled', retryAt: RESET * 1_000 });
    expect(received).toHaveLength(calls);
    clock.advance(1_800_000);
    special.answer = undefined;
    expect(await read(LINUX)).toEqual(ONE);
  });

  test('met in the middle of a pass ends it: what is left is not asked', async () => {
    const repositories = Array.from({ length: 50 }, (_, at) => `acme/app-${at}`);
    const { failure, special, received, asked } = await hubStage(OWNERS, { repositories });
    special.answer = ({ path }) =>
      path === LIST ? undefined : { status: 403, headers: window(0) };
    expect((await failure(LINUX)).kind).toBe('throttled');
    expect(asked(LIST)).toBe(1);
    // Those that were under way.
    expect(received.length).toBeLessThanOrEqual(1 + 10);
  });

  test('is not reached by a token that is refused: 401 is tried once with another', async () => {
    const { failure, special, received, rereads } = await hubStage(REPOSITORIES, HUB);
    special.answer = () => ({ status: 401, body: '{"message":"Bad credentials"}' });
    expect(await failure(LINUX)).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('(Bad credentials)'),
    });
    expect(rereads()).toBe(1);
    expect(received).toHaveLength(1);
  });
});

describe('a class', () => {
  test('rests where its reading took more than is earned until the next pass, and others at another owner do not', async () => {
    const runs = Array.from({ length: 60 }, (_, at) => at + 1);
    const { source, read, special, hub, clock } = await hubStage(
      { kind: 'repositories', repositories: [APP, 'other/app'] },
      {
        runs: { [APP]: { queued: runs.slice(0, 30), in_progress: runs.slice(30) } },
        jobs: Object.fromEntries(runs.map((run) => [run, [job('queued', ['acme'])]])),
      },
    );
    const other = queueOf('other', { labels: ['acme'], at: 'other' });
    const reset = String(clock.now() / 1_000 + 3_600);
    let used = 0;
    special.answer = withHeaders(hub, () => {
      used += 1;
      return {
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': String(5_000 - used),
        'x-ratelimit-reset': reset,
      };
    });
    for (const queue of [LINUX, other]) await read(queue);
    // The first reading is that of a sweep.
    expect(source.restsUntil?.(LINUX)).toBe(Number.NEGATIVE_INFINITY);
    for (const queue of [LINUX, other]) await read(queue);
    const rest = (source.restsUntil?.(LINUX) ?? 0) - clock.now();
    expect(Math.round(rest / 1_000)).toBeGreaterThan(40);
    expect(Math.round(rest / 1_000)).toBeLessThan(50);
    expect(source.restsUntil?.(other)).toBe(Number.NEGATIVE_INFINITY);
    expect(source.restsUntil?.({ resourceClass: 'unknown', group: 'g' })).toBe(
      Number.NEGATIVE_INFINITY,
    );
  });
});

describe('the requests of an hour', () => {
  /** GitHub's own count of what was asked, with 304 free or not. */
  function counted({ limit = 5_000, unchangedIsFree = true } = {}) {
    const clock = manualClock();
    const notices: string[] = [];
    const budget = requestBudget({
      owner: 'acme',
      clock,
      onNotice: (notice) => notices.push(notice),
    });
    const begin = clock.now();
    let used = 0;
    const window = () => Math.floor((clock.now() - begin) / 3_600_000);
    let current = 0;
    const answered = (status: number, purpose: 'pass' | 'sweep') => {
      if (window() > current) [current, used] = [window(), 0];
      if (status !== 304 || !unchangedIsFree) used += 1;
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(limit - used, 0)),
        'x-ratelimit-reset': String(begin / 1000 + 3_600 * (current + 1)),
      };
      budget.answered({ status, headers }, purpose);
    };
    /** Passes each 15 s for so long; the moments at which they read. */
    const passes = (seconds: number, answers: () => readonly number[]) => {
      const moments: number[] = [];
      for (let second = 0; second < seconds; second += 15) {
        if (budget.restsUntil() <= clock.now()) {
          moments.push(second);
          for (const status of answers()) answered(status, 'pass');
          budget.passed(clock.now());
        }
        clock.advance(15_000);
      }
      return moments;
    };
    return { budget, clock, notices, answered, passes, used: () => used };
  }

  const statuses =
    (changed: number, unchanged = 0) =>
    () => [
      ...Array.from({ length: changed }, () => 200),
      ...Array.from({ length: unchanged }, () => 304),
    ];

  test('last for 16 in each 15 s', () => {
    const { passes, notices, used } = counted();
    expect(passes(3_600, statuses(16))).toHaveLength(240);
    expect(used()).toBe(3_840);
    expect(notices).toEqual([]);
  });

  test('last for 65 each minute, and that is told once', () => {
    const { passes, notices, used } = counted();
    const moments = passes(3_585, statuses(65));
    expect(moments.length).toBeGreaterThanOrEqual(58);
    expect(moments.length).toBeLessThanOrEqual(62);
    expect(used()).toBeLessThan(4_500);
    expect(notices).toEqual([
      expect.stringMatching(
        /^the jobs at acme are read about every \d\d s for now instead of every 15 s: a reading takes 65 requests, and GitHub leaves the App 49\d\d an hour/,
      ),
    ]);
  });

  test.each([
    [10, 240],
    [1_000, 30],
    [4_000, 4],
  ])('are never used up by passes of %i', (cost, most) => {
    const { passes, used } = counted();
    const moments = passes(3_585, statuses(cost));
    expect(moments.length).toBeLessThanOrEqual(most);
    expect(moments.length).toBeGreaterThanOrEqual(1);
    expect(used()).toBeLessThanOrEqual(Math.max(4_500, cost));
  });

  test('are not needed for what has not changed, once the answers show it', () => {
    const { passes } = counted();
    // The first pass of 60 is paid for as if each counted.
    const moments = passes(600, statuses(0, 60));
    expect(moments.slice(0, 2)).toEqual([0, 45]);
    expect(moments.slice(2)).toEqual(Array.from({ length: 36 }, (_, at) => 60 + 15 * at));
  });

  test('are needed for it where the answers show that', () => {
    const { passes, used } = counted({ unchangedIsFree: false });
    const moments = passes(3_585, statuses(0, 60));
    expect(moments.length).toBeGreaterThanOrEqual(58);
    expect(moments.length).toBeLessThanOrEqual(70);
    expect(used()).toBeLessThan(4_500);
  });

  test('of an installation with more are read more often', () => {
    const { passes } = counted({ limit: 15_000 });
    expect(passes(1_800, statuses(48))).toHaveLength(120);
  });

  test('are spread by what others leave of them', () => {
    const { budget, clock } = counted();
    const headers = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '600',
      'x-ratelimit-reset': String(clock.now() / 1000 + 3_600),
    };
    for (let answer = 0; answer < 16; answer += 1)
      budget.answered({ status: 200, headers }, 'pass');
    budget.passed(clock.now());
    // 480 an hour are 2 in 15 s.
    expect(budget.restsUntil() - clock.now()).toBeGreaterThan(90_000);
  });

  test('are a fifth for repositories without jobs, and none below a tenth', () => {
    const { budget, answered, clock } = counted();
    let swept = 0;
    for (let pass = 0; pass < 240; pass += 1) {
      while (budget.maySweep(false)) {
        answered(200, 'sweep');
        swept += 1;
      }
      clock.advance(15_000);
    }
    expect(swept).toBeGreaterThan(900);
    expect(swept).toBeLessThan(1_030);
    const low = counted();
    for (let answer = 0; answer < 4_501; answer += 1) low.answered(200, 'pass');
    low.clock.advance(60_000);
    expect(low.budget.maySweep(false)).toBe(false);
    expect(low.budget.maySweep(true)).toBe(false);
  });

  test('are any number where no answer says how many, but for those of a minute', () => {
    const clock = manualClock();
    const budget = requestBudget({ owner: 'acme', clock });
    for (let answer = 0; answer < 400; answer += 1) {
      budget.answered({ status: 200, headers: {} }, 'pass');
    }
    budget.passed(clock.now());
    expect(budget.restsUntil()).toBeLessThan(clock.now());
    for (let answer = 0; answer < 500; answer += 1) {
      budget.answered({ status: 200, headers: {} }, 'pass');
    }
    expect(budget.restsUntil() - clock.now()).toBe(60_000);
  });

  test('that a refusal ends are not asked for before it says', () => {
    const clock = manualClock();
    const budget = requestBudget({ owner: 'acme', clock });
    budget.refused(
      new DemandSourceError('throttled', 'too many', { retryAt: clock.now() + 5_000 }),
    );
    expect(() => budget.check()).toThrow('is not to be asked before 2026-03-02T09:00:05.000Z');
    clock.advance(5_000);
    expect(() => budget.check()).not.toThrow();
  });
});
