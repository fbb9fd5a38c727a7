/** The probe over HTTP against GitHubs that contradict each other: it tells them apart, and leaves nothing behind. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { StartRunner } from '../../../probe/github/busy-questions.ts';
import type { Finding } from '../../../probe/github/finding.ts';
import { probeGitHub } from '../../../probe/github/probe.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../http-server.ts';
import { manualClock } from '../../manual-clock.ts';
import { type Behaviour, gitHubWorld, OF_OTHERS, TOKEN } from './world.ts';

const NAME = 'runner-scaler-probe-1a2b3c4d';

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.close()));
});

interface Circumstances {
  readonly behaviour?: Partial<Behaviour>;
  /** Interrupts at this request. */
  readonly interruptedAt?: number;
  /** What becomes of the world's answer. */
  readonly altered?: (request: Received, answer: Answer, at: number) => Answer;
  /** Answers in place of the world. */
  readonly instead?: (request: Received) => Answer | undefined;
  /** Whether a runner is there that takes the job, or takes none. */
  readonly runner?: 'takes' | 'takes none';
  readonly anyRepository?: boolean;
  readonly token?: string;
}

async function probed(circumstances: Circumstances = {}) {
  const { behaviour, interruptedAt, altered, anyRepository = false, token = TOKEN } = circumstances;
  const clock = manualClock();
  const world = gitHubWorld(clock, behaviour);
  const stop = new AbortController();
  let at = 0;
  const server = await startServer((request) => {
    at += 1;
    const answer = circumstances.instead?.(request) ?? world.answer(request, server.url);
    if (at === interruptedAt) stop.abort(new Error('interrupted'));
    return altered?.(request, answer, at) ?? answer;
  });
  servers.push(server);
  const lines: string[] = [];
  let stopped = 0;
  const start: StartRunner = async (config, onLine) => {
    onLine('Listening for Jobs');
    if (circumstances.runner === 'takes') {
      world.claim(config);
      onLine('2026-03-02 09:00:00Z: Running job: runner');
    }
    return {
      stop: async () => {
        stopped += 1;
      },
    };
  };
  const outcome = await probeGitHub({
    url: server.url,
    name: 'acme/probe',
    token,
    probe: NAME,
    clock,
    signal: stop.signal,
    anyRepository,
    start: circumstances.runner && start,
    say: (line) => lines.push(line),
  }).catch((error: unknown) => ({ error, findings: [], remains: [] }));
  return { ...outcome, world, lines, server, stopped };
}

function answerTo(findings: readonly Finding[], question: RegExp): string | undefined {
  return findings.find((finding) => question.test(finding.question))?.answer;
}

/** Each question, and the ways in which GitHub may behave. */
const CASES: readonly (readonly [
  question: RegExp,
  behaviour: Partial<Behaviour>,
  answer: RegExp,
])[] = [
  [/answered 304/, { etag: 'stable' }, /^yes, each of 5 times$/],
  [/answered 304/, { etag: 'changing' }, /^no, 5 of 5 times/],
  [/answered 304/, { etag: 'none' }, /^it has no ETag$/],
  [/304 counted/, { unchanged: 'free' }, /^no$/],
  [/304 counted/, { unchanged: 'counted' }, /^yes$/],
  [/304 counted/, { hasLimit: false }, /^not answered: GitHub names no limit/],
  [/304 counted/, { others: 1 }, /^not answered: GitHub did not count one request as one/],
  [/304 counted/, { etag: 'changing' }, /^not answered: not every answer was a 304/],
  [/Which labels/, { addedLabels: [] }, /^only those that it was made with$/],
  [/Which labels/, { addedLabels: ['self-hosted', 'Linux'] }, /^also self-hosted, Linux$/],
  [/second runner/, { sameName: 'refused' }, /^yes, by 409$/],
  [/second runner/, { sameName: 'made' }, /^no, it was made$/],
  [/never connected/, { unused: 'deleted' }, /^yes, at once$/],
  [/never connected/, { unused: 'listed' }, /^yes, but the list still has it$/],
  [/never connected/, { unused: 'refused' }, /^no, by 422$/],
  [/long after a push/, { listedAfterMs: 0 }, /^0 s$/],
  [/long after a push/, { listedAfterMs: 12_000 }, /^12 s$/],
  [/long after a push/, { listedAfterMs: 120_000 }, /^not answered: no run in 90 s/],
  [/ETag of that list/, { etagLateMs: 0 }, /^yes, at once$/],
  [/ETag of that list/, { etagLateMs: 20_000 }, /^yes, after 20 s$/],
  [/ETag of that list/, { etagLateMs: 1e9 }, /^not in 90 s$/],
  [/labels of its workflow/, {}, /^yes$/],
  [/labels of its workflow/, { jobLabels: [] }, /^no, it has none$/],
  [/be made with this token/, { mayMakeSets: true }, /^yes$/],
  [/be made with this token/, { mayMakeSets: false }, /^not answered: POST .* answered 403/],
  [/no session\?/, { idleStatistics: 'none' }, /^no, it has no statistics then$/],
  [/no session\?/, { idleStatistics: 'zero' }, /^no, it shows 0 while a job waits$/],
  [/no session\?/, { idleStatistics: 'live' }, /^yes: 1 available, 0 assigned$/],
  [/no session\?/, { listedAfterMs: 120_000 }, /^not answered: no run began$/],
  [/new session say/, { backlog: 'shown' }, /^1 available, 0 assigned$/],
  [/new session say/, { backlog: 'zero' }, /^0 available, 0 assigned$/],
  [/new session say/, { backlog: 'none' }, /^nothing$/],
  [/second session/, { secondSession: 'refused' }, /^yes, by 409/],
  [/second session/, { secondSession: 'given' }, /^no$/],
  [/renewed session/, { renewed: 'numbers' }, /^yes$/],
  [/renewed session/, { renewed: 'nothing' }, /^no$/],
  [/broken off/, { shortPoll: 'assigns' }, /^yes, without a message$/],
  [/broken off/, { shortPoll: 'nothing' }, /^no, without a message$/],
  [/broken off/, { renewed: 'nothing' }, /^not answered: a renewed session has no numbers$/],
  [/another session be opened/, { reopensAfterMs: 0 }, /^after 0 s$/],
  [/another session be opened/, { reopensAfterMs: 90_000 }, /^after 90 s$/],
  [/another session be opened/, { reopensAfterMs: 1e9 }, /^not in 150 s$/],
  [/session is deleted/, { afterClose: 'cancelled' }, /^it ended as cancelled$/],
  [/session is deleted/, { afterClose: 'kept' }, /assigned to the next session$/],
  [/session is deleted/, { afterClose: 'returned' }, /assigned to nobody$/],
  [/session is deleted/, { shortPoll: 'nothing' }, /^not answered: no job was assigned$/],
];

describe('the probe tells apart', () => {
  test.each(CASES)('%s with %j', async (question, behaviour, answer) => {
    const { findings, remains, world } = await probed({ behaviour });
    expect(answerTo(findings, question)).toMatch(answer);
    expect(remains).toEqual([]);
    expect(world.left()).toEqual(OF_OTHERS);
  });
});

describe('with a runner, the probe tells apart', () => {
  test.each<[question: RegExp, behaviour: Partial<Behaviour>, answer: RegExp]>([
    [/in progress with the name/, { lateMs: 0 }, /^0\.0 s$/],
    [/in progress with the name/, { lateMs: 7_500 }, /^7\.5 s$/],
    [/in progress with the name/, { lateMs: 1e9 }, /^not answered: the list did not show it/],
    [/with a job refused/, { busy: 'kept' }, /^yes, by 422$/],
    [/with a job refused/, { busy: 'deleted' }, /^no, it was deleted$/],
    [/with a job refused/, { lateMs: 1e9 }, /^not answered: no runner has a job$/],
  ])('%s with %j', async (question, behaviour, answer) => {
    const { findings, remains, world, stopped } = await probed({ behaviour, runner: 'takes' });
    expect(answerTo(findings, question)).toMatch(answer);
    expect([stopped, remains]).toEqual([1, []]);
    expect(world.left()).toEqual(OF_OTHERS);
  });

  test('one that takes no job', async () => {
    const { findings, world, stopped } = await probed({ runner: 'takes none' });
    expect(answerTo(findings, /in progress with the name/)).toMatch(
      /took no job in 120 s; see its/,
    );
    expect(stopped).toBe(1);
    expect(world.left()).toEqual(OF_OTHERS);
  });
});

describe('what the probe has made is removed', () => {
  test('wherever it is interrupted', async () => {
    const { server } = await probed({ runner: 'takes' });
    const requests = server.received.length;
    expect(requests).toBeGreaterThan(40);
    for (let interruptedAt = 1; interruptedAt <= requests; interruptedAt += 1) {
      const { world, remains } = await probed({ interruptedAt, runner: 'takes' });
      expect({ interruptedAt, remains, ...world.left() }).toEqual({
        interruptedAt,
        remains: [],
        ...OF_OTHERS,
      });
    }
  }, 60_000);

  test.each([
    '/actions/runners/generate-jitconfig',
    '/git/refs',
    '/contents/',
    '/runnerscalesets',
    '/sessions',
  ])('where the answer to what made it was lost: %s', async (path) => {
    const lost = ({ method, path: asked }: Received, answer: Answer) =>
      ['POST', 'PUT'].includes(method) && asked.includes(path) ? 'reset' : answer;
    const { world, remains } = await probed({ altered: lost });
    expect(remains).toEqual([]);
    expect(world.left()).toEqual(OF_OTHERS);
  });

  test('but a run that never appears is told', async () => {
    const { remains } = await probed({ behaviour: { listedAfterMs: 1e9 } });
    expect(remains).toEqual([expect.stringContaining('none is listed; look for one in GitHub')]);
  });

  test('at the third attempt, where GitHub fails twice', async () => {
    const failures = new Map<string, number>();
    const { world, remains } = await probed({
      altered({ method, path }, answer) {
        const count = (failures.get(path) ?? 0) + 1;
        if (method === 'DELETE') failures.set(path, count);
        return method === 'DELETE' && path.includes('/git/refs') && count < 3
          ? { status: 502 }
          : answer;
      },
    });
    expect(remains).toEqual([]);
    expect(world.left()).toEqual(OF_OTHERS);
  });

  test('and what could not be is told', async () => {
    const { remains, findings } = await probed({
      altered: ({ method, path }, answer) =>
        method === 'DELETE' && path.includes('/git/refs') ? { status: 403 } : answer,
    });
    expect(remains).toEqual([expect.stringMatching(`the branch ${NAME}: DELETE .* answered 403`)]);
    expect(findings.length).toBeGreaterThan(10);
  });
});

describe('the probe refuses', () => {
  test('a repository with other workflows, and makes nothing', async () => {
    const behaviour = { otherWorkflows: 2 };
    const refused = await probed({ behaviour });
    expect(refused).toMatchObject({
      error: { message: expect.stringContaining('has workflows (2), so it is no throw-away') },
    });
    expect(refused.server.received.every(({ method }) => method === 'GET')).toBe(true);
    const told = await probed({ behaviour, anyRepository: true });
    expect(told.findings.length).toBeGreaterThan(10);
    expect(told.world.left()).toEqual(OF_OTHERS);
  });

  test('a wrong token, in a sentence without it', async () => {
    const { error, lines, server } = {
      error: undefined,
      ...(await probed({ token: 'ghp_wrong' })),
    };
    expect(String(error)).toMatch(/answered 401: Bad credentials/);
    expect(`${String(error)} ${lines.join()}`).not.toContain('ghp_wrong');
    expect(server.received).toHaveLength(1);
  });
});

test('no secret is in anything that it says', async () => {
  const { findings, lines } = await probed({
    instead: ({ path }) => (path === '/message' ? { status: 500 } : undefined),
  });
  const said = JSON.stringify([findings, lines]);
  expect(said).toContain('/message answered 500');
  for (const secret of [TOKEN, 'sig=secret', 'queue-jwt', 'admin-jwt', 'registration"']) {
    expect(said).not.toContain(secret);
  }
});
