/**
 * What every source is held to, over real HTTP on loopback: two trustworthy counts, or a failure of the right kind
 * whose message says what to do and never holds the token.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { ATTEMPTS, CALL_TIMEOUT_MS } from '../../../../lambda/scaler/demand/asking.ts';
import {
  type Demand,
  type DemandSource,
  DemandSourceError,
  type FleetQueue,
} from '../../../../lambda/scaler/demand/source.ts';
import { MAX_PLAUSIBLE_COUNT } from '../../../../lambda/scaler/demand/usable-count.ts';
import { type Answer, type Received, type Reply, startServer } from '../../../http-server.ts';
import {
  type Answering,
  closeStage,
  type SourcePorts,
  stage,
  type StageOptions,
  TOKEN,
} from './source-stage.ts';

/** The text of each count in an answer, such as `7`; undefined leaves its key out. */
export interface Written {
  readonly running: string | undefined;
  readonly unclaimed: string | undefined;
}

export interface SourceUnderTest {
  readonly name: string;
  readonly make: (ports: SourcePorts) => DemandSource;
  /** Two fleets that it can read at once. */
  readonly queues: readonly [FleetQueue, FleetQueue];
  /** Good answers to all that it asks, but for the counts as they are given for each class. */
  readonly answers: (written: (resourceClass: string) => Written) => (request: Received) => Reply;
  /** What the first read of a class asks for, in order. */
  readonly paths: readonly string[];
  readonly tokenOf: (request: Pick<Received, 'headers'>) => string | undefined;
  /** A header by which it says until when it is not to be asked, in seconds since the epoch. Default: none. */
  readonly resetHeader?: string;
  /** Whether it is not asked before the moment that it named. Default: it is, by the next pass. */
  readonly waitsUntilRetryAt?: boolean;
  /** Whether it waits for longer than a pass after 429 without a hint. Default: it asks again soon. */
  readonly pausesAfter429?: boolean;
}

/** Good answers with the same counts for every class. */
export function good(way: Pick<SourceUnderTest, 'answers'>, { running, unclaimed }: Demand) {
  return way.answers(() => ({ running: String(running), unclaimed: String(unclaimed) }));
}

/** The trouble for the first requests, then good counts: 2 unclaimed and 1 running. */
export function failingFirst(
  way: Pick<SourceUnderTest, 'answers'>,
  times: number,
  trouble: Answer | (() => Answer),
) {
  let left = times;
  return (request: Received): Answer => {
    left -= 1;
    if (left < 0) return good(way, GOOD)(request);
    return typeof trouble === 'function' ? trouble() : trouble;
  };
}

const GOOD: Demand = { unclaimed: 2, running: 1 };

/** Nobody takes these for a count, whatever a wrong token or a proxy has to do with them. */
const NO_ANSWERS: readonly [name: string, reply: Reply][] = [
  ['HTML', { body: '<!doctype html><html><body>Log in</body></html>' }],
  ['nothing at all', { body: '' }],
  ['an empty object', { body: '{}' }],
  ['a list', { body: '[{"running":7,"unclaimed":7}]' }],
  ['truncated JSON', { body: '{"data":{"attributes":{"running_tasks":1,"queued_tasks":' }],
  ['an endless body', { body: 'x'.repeat(2_000_000) }],
  ['no content', { status: 204 }],
];

const REFUSALS: readonly [status: number, kind: string][] = [
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [409, 'conflict'],
  [410, 'gone'],
];

type Headers = Readonly<Record<string, string>>;

const DATE = 'Mon, 02 Mar 2026 09:00:00 GMT';

export function describeSource(way: SourceUnderTest): void {
  const [queue, other] = way.queues;
  const answered = good(way, GOOD);

  async function staged(answer: Answering, options: StageOptions = {}) {
    const set = await stage(way.make, answer, options);
    return {
      ...set,
      read: async () => set.read(queue),
      failure: async () => {
        const error = await set.failure(queue);
        expect(error.message).not.toContain(options.token ?? TOKEN);
        expect(error.message).not.toContain('\n');
        return error;
      },
    };
  }

  describe(`the source ${way.name}`, () => {
    afterEach(closeStage);

    test('reads both counts, with the token in its header and a name for itself', async () => {
      const { read, received, paths } = await staged(good(way, { unclaimed: 7, running: 3 }));
      expect(await read()).toEqual({ unclaimed: 7, running: 3 });
      expect(paths()).toEqual(way.paths);
      for (const request of received) {
        expect(way.tokenOf(request)).toBe(TOKEN);
        expect(request.headers['user-agent']).toMatch(/^runner-scaler\//);
      }
    });

    test('reads nothing as zero', async () => {
      const { read } = await staged(good(way, { unclaimed: 0, running: 0 }));
      expect(await read()).toEqual({ unclaimed: 0, running: 0 });
    });

    test('reads two classes at once, each as its own', async () => {
      const { source, pass } = await staged(
        way.answers((resourceClass) =>
          resourceClass === queue.resourceClass
            ? { unclaimed: '1', running: '2' }
            : { unclaimed: '3', running: '4' },
        ),
      );
      const budget = pass();
      const both = [queue, other].map(async (each) => source.currentDemand(each, budget));
      expect(await Promise.all(both)).toEqual([
        { unclaimed: 1, running: 2 },
        { unclaimed: 3, running: 4 },
      ]);
    });

    test('serves one class at a time at least', async () => {
      const { source } = await staged(answered);
      expect(source.classesAtOnce).toBeGreaterThanOrEqual(1);
    });

    describe.each(['running', 'unclaimed'] as const)(
      'takes a %s count that is not trustworthy for a failure, never for a number',
      (which) => {
        test.each([
          ['missing', undefined],
          ['null', 'null'],
          ['negative', '-1'],
          ['a fraction', '1.5'],
          ['huge', String(MAX_PLAUSIBLE_COUNT + 1)],
          ['beyond all numbers', '1e400'],
          ['a text', '"7"'],
          ['a list', '[7]'],
        ])('%s', async (_name, text) => {
          const { failure } = await staged(
            way.answers(() => ({ running: '4', unclaimed: '4', [which]: text })),
          );
          expect((await failure()).kind).toBe('invalid-answer');
        });
      },
    );

    describe.each(way.paths)('takes what is no answer at %s for a failure', (broken) => {
      test.each(NO_ANSWERS)('%s', async (_name, reply) => {
        const { failure } = await staged((request) =>
          request.path === broken ? reply : answered(request),
        );
        expect((await failure()).kind).toBe('invalid-answer');
      });

      test('a refusal of this one call alone', async () => {
        const { failure } = await staged((request) =>
          request.path === broken ? { status: 403 } : answered(request),
        );
        expect((await failure()).kind).toBe('forbidden');
      });
    });

    test('follows no redirect, so that the token goes nowhere else', async () => {
      const elsewhere = await startServer(answered);
      try {
        const { failure } = await staged(() => ({
          status: 302,
          headers: { location: elsewhere.url },
        }));
        expect((await failure()).kind).toBe('invalid-answer');
        expect(elsewhere.received).toHaveLength(0);
      } finally {
        await elsewhere.close();
      }
    });

    test.each(REFUSALS)(
      'does not ask again after %i, and says what to do',
      async (status, kind) => {
        const { failure, received } = await staged(() => ({
          status,
          body: 'the words of the server',
        }));
        const error = await failure();
        expect(error.kind).toBe(kind);
        expect(error.message).toMatch(/ answered \d+ \(the words of the server\): ./);
        expect(received).toHaveLength(1);
      },
    );

    describe('asks again after a trouble that passes', () => {
      const troubles: [name: string, trouble: Answer, kind: string][] = [
        ['500 with HTML', { status: 500, body: '<h1>oops</h1>' }, 'unavailable'],
        ['503', { status: 503 }, 'unavailable'],
        ['408 of a proxy', { status: 408 }, 'unavailable'],
        ['a connection reset', 'reset', 'unavailable'],
        [
          'an answer that is cut off',
          { headers: { 'content-length': '999' }, body: '{"run', cut: true },
          'unavailable',
        ],
      ];
      if (way.pausesAfter429 !== true) {
        troubles.push(['429 without a hint', { status: 429 }, 'throttled']);
      }

      test.each(troubles)('%s, then the answer is used', async (_name, trouble) => {
        const { read, clock } = await staged(failingFirst(way, 2, trouble));
        expect(await read()).toEqual(GOOD);
        expect(clock.waits).toEqual([150, 300]);
      });

      test.each(troubles)('%s again and again is given up', async (_name, trouble, kind) => {
        const { failure, received, rereads } = await staged(() => trouble);
        expect((await failure()).kind).toBe(kind);
        expect(received).toHaveLength(ATTEMPTS);
        expect(rereads()).toBe(0);
      });

      test('a refused connection says so', async () => {
        const { failure, stop } = await staged(answered);
        await stop();
        expect(await failure()).toMatchObject({
          kind: 'unavailable',
          message: expect.stringContaining('ECONNREFUSED'),
        });
      });
    });

    describe('keeps to its time', () => {
      test('a call without an answer is ended by its own deadline and made again', async () => {
        const { read, clock } = await staged(
          failingFirst(way, 1, () => {
            clock.advance(CALL_TIMEOUT_MS);
            return 'hang';
          }),
        );
        expect(await read()).toEqual(GOOD);
      });

      test('so is one whose answer does not come to its end', async () => {
        const { read, clock } = await staged(
          failingFirst(way, 1, () => ({
            body: '{"data":',
            stalled: () => clock.advance(CALL_TIMEOUT_MS),
          })),
        );
        expect(await read()).toEqual(GOOD);
      });

      test('nothing is asked again once the time of the pass is up', async () => {
        const hang = (): Answer => {
          clock.advance(5_000);
          return 'hang';
        };
        const { failure, clock, received } = await staged(hang, { budgetMs: 5_000 });
        expect((await failure()).kind).toBe('timeout');
        expect(received).toHaveLength(1);
      });
    });

    describe('waits as long as it is told to after 429', () => {
      const { resetHeader } = way;
      const dateOf = (seconds: number) => Date.parse(DATE) + seconds * 1000;
      /** Each form in which a server says "in so many seconds". */
      const forms: [form: string, headers: (seconds: number) => Headers][] = [
        ['seconds', (seconds) => ({ 'retry-after': String(seconds) })],
        [
          'an HTTP date',
          (seconds) => ({ 'retry-after': new Date(dateOf(seconds)).toUTCString(), date: DATE }),
        ],
      ];
      if (resetHeader !== undefined) {
        const inEpoch = (seconds: number) => String(dateOf(seconds) / 1000);
        forms.push([
          'seconds since the epoch',
          (seconds) => ({ [resetHeader]: inEpoch(seconds), date: DATE }),
        ]);
      }

      test.each(forms)('in %s', async (_form, headers) => {
        const trouble = { status: 429, headers: headers(3) };
        const { read, clock } = await staged(failingFirst(way, 1, trouble));
        expect(await read()).toEqual(GOOD);
        expect(clock.waits).toEqual([3_000]);
      });

      test.each(forms)(
        'in %s, beyond the pass: it fails and names the moment',
        async (_form, headers) => {
          const trouble = { status: 429, headers: headers(600) };
          const { failure, clock, received } = await staged(() => trouble);
          expect(await failure()).toMatchObject({
            kind: 'throttled',
            retryAt: clock.now() + 600_000,
          });
          expect(clock.waits).toEqual([]);
          expect(received).toHaveLength(1);
        },
      );

      test('and is asked again as soon as it may be', async () => {
        const trouble = { status: 429, headers: { 'retry-after': '600' } };
        const { source, pass, read, failure, clock, received } = await staged(
          failingFirst(way, 1, trouble),
        );
        await failure();
        clock.advance(60_000);
        const early = await source.currentDemand(other, pass()).catch(String);
        // Whichever class is read.
        const refusal = expect.stringContaining(
          'is not to be asked before 2026-03-02T09:10:00.000Z',
        );
        expect(early).toEqual(way.waitsUntilRetryAt === true ? refusal : GOOD);
        const asked = way.waitsUntilRetryAt === true ? 1 : 1 + way.paths.length;
        expect(received).toHaveLength(asked);
        clock.advance(540_000);
        expect(await read()).toEqual(GOOD);
      });
    });

    describe('reads a token that may be wrong again', () => {
      const wrong: readonly [name: string, reply: Reply][] = [
        ['401', { status: 401 }],
        ['a refusal that may hide what the token may not see', { status: 404 }],
        ['a redirect to a login page', { status: 302, headers: { location: '/login' } }],
        ['a login page', { body: '<html>Log in</html>' }],
      ];

      test.each(wrong)('after %s, and uses a fresh one', async (_name, reply) => {
        const { read, received } = await staged(
          (request) => (way.tokenOf(request) === 'fresh' ? answered(request) : reply),
          { fresh: 'fresh' },
        );
        expect(await read()).toEqual(GOOD);
        expect(received.map(way.tokenOf)).toEqual([TOKEN, ...way.paths.map(() => 'fresh')]);
      });

      test.each(wrong)(
        'after %s, once: one that has not changed is not tried',
        async (_name, reply) => {
          const { failure, rereads, received } = await staged(() => reply);
          await failure();
          expect(rereads()).toBe(1);
          expect(received).toHaveLength(1);
        },
      );

      test.each(wrong)('after %s, once: a fresh one may be refused too', async (_name, reply) => {
        const { failure, rereads, received } = await staged(() => reply, { fresh: 'fresh' });
        await failure();
        expect(rereads()).toBe(1);
        expect(received).toHaveLength(2);
      });

      test('and tells the refusal together with what is wrong with the secret', async () => {
        const { failure } = await staged(() => ({ status: 404 }), {
          fresh: new DemandSourceError('no-token', 'the secret s is empty; fill it'),
        });
        expect(await failure()).toMatchObject({
          kind: 'not-found',
          message: expect.stringMatching(/answered 404: .*; the secret s is empty; fill it$/),
        });
      });
    });

    describe('repeats the token in no message', () => {
      test.each([TOKEN, 'CCI"PAT\\_1', 'CCI/PAT<1>', '$&'])('%s, in plain text', async (token) => {
        const { failure } = await staged(() => ({ status: 400, body: `bad ${token}` }), { token });
        expect((await failure()).message).not.toContain(token);
      });

      test('from an answer that is no count', async () => {
        const { failure } = await staged(() => ({ body: `The token: ${TOKEN}` }));
        expect((await failure()).message).toContain('The token: ***');
      });

      test('cut in two by the length of a message', async () => {
        const body = `${'x'.repeat(190)}${TOKEN}`;
        const { failure } = await staged(() => ({ status: 400, body }));
        expect((await failure()).message).not.toContain(TOKEN.slice(0, 6));
      });
    });
  });
}
