/** What is counted of the jobs that GitHub shows, and for which fleet. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { components } from '@octokit/openapi-types';
import {
  ARM,
  hubStage,
  job,
  jobsPath,
  LINUX,
  listed,
  OWNERS,
  queueOf,
  repository,
  REPOSITORIES,
  running,
  runsPath,
} from '../github-stage.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

const APP = 'acme/app';
const QUEUED = { [APP]: { queued: [9] } };

async function withJobs(...jobs: readonly object[]) {
  return hubStage(OWNERS, { runs: QUEUED, jobs: { 9: jobs } });
}

const found = (unclaimed: number, busy = 0) => ({ unclaimed, running: busy });

describe('a job in the queue', () => {
  test.each<[name: string, labels: string[], fits: string[]]>([
    ['with the label of a fleet', ['acme'], ['linux']],
    ['in other case', ['ACME'], ['linux']],
    ['with what every runner has, too', ['self-hosted', 'Linux', 'X64', 'acme'], ['linux']],
    ['with those of the larger fleet', ['arm', 'acme'], ['arm']],
    ['that the larger fleet alone has', ['arm'], ['arm']],
    ['with one that no fleet has', ['acme', 'gpu'], []],
    ["with those of GitHub's own machines", ['ubuntu-latest'], []],
    ['with what every runner has and nothing else', ['self-hosted', 'linux'], []],
    ['without labels, as with a group alone', [], []],
  ])(
    '%s counts for the fleet with the fewest labels that has them',
    async (_name, labels, fits) => {
      const { readAll } = await withJobs(job('queued', labels));
      const queues = [LINUX, ARM];
      expect(await readAll(queues)).toEqual(
        queues.map(({ resourceClass }) => ({
          status: 'fulfilled',
          value: found(fits.includes(resourceClass) ? 1 : 0),
        })),
      );
    },
  );

  test('counts for the fleet with the fewest labels also where a pass does not read that fleet', async () => {
    const { source, read } = await withJobs(job('queued', ['acme']));
    source.existing?.([LINUX, ARM]);
    expect(await read(ARM)).toEqual(found(0));
    source.existing?.([ARM]);
    expect(await read(ARM)).toEqual(found(1));
  });

  test.each([
    ['x64', ['intel'], 1],
    ['arm64', ['intel'], 0],
    ['x64', ['any'], 1],
    ['arm64', ['any'], 1],
  ])('for %s fits a fleet with the labels %j %i times', async (asked, labels, count) => {
    const own = labels[0] === 'intel' ? [...labels, 'x64'] : labels;
    const fleet = queueOf('fleet', { labels: own });
    const { read } = await withJobs(job('queued', [...labels, asked]));
    expect(await read(fleet)).toEqual(found(count));
  });

  test('that two fleets with as many labels take counts for the first by name, and is told once', async () => {
    const one = queueOf('b', { labels: ['acme', 'one'] });
    const other = queueOf('a', { labels: ['acme', 'two'] });
    const { readAll, notices } = await withJobs(job('queued', ['acme']));
    const counts = [found(0), found(1)].map((value) => ({ status: 'fulfilled', value }));
    expect(await readAll([one, other])).toEqual(counts);
    expect(await readAll([one, other])).toEqual(counts);
    expect(notices).toEqual([expect.stringContaining('the fleets a and b take the same jobs')]);
  });

  test('of another repository is none of a fleet that is registered at one', async () => {
    const fleet = queueOf('one', { labels: ['acme'], at: 'Acme/App' });
    const { read } = await hubStage(OWNERS, {
      repositories: ['acme/app', 'acme/web'],
      runs: { 'acme/app': { queued: [1] }, 'acme/web': { queued: [2] } },
      jobs: { 1: [job('queued', ['acme'])], 2: [job('queued', ['acme']), job('queued', ['acme'])] },
    });
    expect(await read(fleet)).toEqual(found(1));
  });

  test.each([
    ['null', { runner_id: null, runner_name: null }],
    ['0', { runner_id: 0, runner_name: '' }],
    ['no field', { runner_id: undefined, runner_name: undefined }],
  ])('with %s for its runner has none', async (_name, runner) => {
    const { read } = await withJobs(job('queued', ['acme'], runner));
    expect(await read(LINUX)).toEqual(found(1));
  });

  test('that has a runner is no longer waiting, and occupies the runner', async () => {
    const { runner_name: name, runner_id: id } = running('linux') as Record<string, unknown>;
    const { read } = await withJobs(
      job('queued', ['acme'], { runner_name: name, runner_id: id }),
      job('queued', ['acme'], { runner_name: null, runner_id: 5 }),
    );
    expect(await read(LINUX)).toEqual(found(0, 1));
  });
});

describe('a job under way', () => {
  test('counts for the fleet whose runner has it, whatever its labels', async () => {
    const { readAll } = await withJobs(running('linux', 1), running('arm', 2), running('arm', 3));
    expect(await readAll([LINUX, ARM])).toEqual(
      [found(0, 1), found(0, 2)].map((value) => ({ status: 'fulfilled', value })),
    );
  });

  test.each([
    ["GitHub's own", 'GitHub Actions 12'],
    ["somebody else's", 'office-mac-1'],
    ['a fleet of another scaler', 'other-linux-i-00000000000000001'],
    ['a fleet whose name begins like ours', 'ci-linux-large-i-00000000000000001'],
    ['nobody known', null],
  ])('on a machine of %s counts for none', async (_name, name) => {
    const { read } = await withJobs(
      job('in_progress', ['acme'], { runner_id: 3, runner_name: name }),
    );
    expect(await read(LINUX)).toEqual(found(0));
  });
});

describe('a job', () => {
  /** All words of GitHub's description, so that a new one is met here. */
  const statuses: Record<components['schemas']['job']['status'], number> = {
    queued: 1,
    in_progress: 0,
    completed: 0,
    waiting: 0,
    requested: 0,
    pending: 0,
  };

  test.each(Object.entries(statuses))(
    'that is %s and has no runner counts %i times',
    async (status, count) => {
      const { read, notices } = await withJobs(job(status, ['acme']));
      expect(await read(LINUX)).toEqual(found(count));
      expect(notices).toEqual([]);
    },
  );

  test('with a status that is not known counts as neither, and is told once', async () => {
    const { read, notices } = await withJobs(job('snoozing', ['acme']), job('queued', ['acme']));
    expect(await read(LINUX)).toEqual(found(1));
    expect(await read(LINUX)).toEqual(found(1));
    expect(notices).toEqual([expect.stringContaining('a job is "snoozing"')]);
  });

  test.each([
    ['no status', { status: undefined }],
    ['labels that are no list', { labels: 'acme' }],
    ['a label that is no text', { labels: [1] }],
    ['a runner without a name that is a text', { runner_name: 7 }],
  ])('with %s makes the demand unknown', async (_name, change) => {
    const { failure } = await withJobs(job('queued', ['acme'], change));
    expect((await failure(LINUX)).kind).toBe('invalid-answer');
  });
});

describe('runs', () => {
  test('are asked for by each status that may have a job in the queue, without pull requests, in small pages', async () => {
    const { read, received } = await hubStage(REPOSITORIES);
    await read(LINUX);
    expect(received.map(({ query }) => query.get('status'))).toEqual([
      'pending',
      'queued',
      'in_progress',
      'waiting',
    ]);
    for (const { query } of received) {
      expect(query.get('exclude_pull_requests')).toBe('true');
      expect(query.get('per_page')).toBe('30');
    }
  });

  test.each(['pending', 'queued', 'in_progress', 'waiting'])(
    'that are %s may have one: their latest jobs are read',
    async (status) => {
      const { read, received } = await hubStage(OWNERS, {
        runs: { [APP]: { [status]: [3] } },
        jobs: { 3: [job('waiting', ['acme']), job('queued', ['acme'])] },
      });
      expect(await read(LINUX)).toEqual(found(1));
      expect(received.at(-1)?.path).toBe(jobsPath(APP, 3));
      expect(received.at(-1)?.query.get('filter')).toBe('latest');
    },
  );

  test('of a matrix of 256 jobs are three pages', async () => {
    const all = Array.from({ length: 256 }, () => job('queued', ['acme']));
    const { read, special, asked } = await hubStage(OWNERS, { runs: QUEUED });
    special.answer = ({ path, query, headers }) => {
      if (path !== jobsPath(APP, 9)) return undefined;
      const page = Number(query.get('page') ?? 1);
      const next = `http://${headers.host ?? ''}${path}?filter=latest&per_page=100&page=${page + 1}`;
      return {
        ...listed('jobs', all.slice((page - 1) * 100, page * 100), 256),
        ...(page < 3 && { headers: { link: `<${next}>; rel="next"` } }),
      };
    };
    expect(await read(LINUX)).toEqual(found(256));
    expect(asked(jobsPath(APP, 9))).toBe(3);
  });

  test('that are in two lists count once', async () => {
    const { read } = await hubStage(OWNERS, {
      runs: { [APP]: { queued: [9], in_progress: [9] } },
      jobs: { 9: [job('queued', ['acme'])] },
    });
    expect(await read(LINUX)).toEqual(found(1));
  });

  test('that are in no list any more are asked for once more: they may have moved between two', async () => {
    const { read, hub, asked } = await hubStage(OWNERS, {
      runs: QUEUED,
      jobs: { 9: [job('queued', ['acme'])] },
    });
    await read(LINUX);
    hub.runs[APP] = {};
    expect(await read(LINUX)).toEqual(found(1));
    hub.jobs[9] = [job('completed', ['acme'])];
    expect(await read(LINUX)).toEqual(found(0));
    await read(LINUX);
    expect(asked(jobsPath(APP, 9))).toBe(3);
  });

  test('that were deleted while they were read have no jobs', async () => {
    const { read, asked } = await hubStage(OWNERS, { runs: QUEUED, jobs: { 9: { status: 404 } } });
    expect(await read(LINUX)).toEqual(found(0));
    expect(asked(runsPath(APP))).toBeGreaterThan(0);
  });

  test('that were run again are found by their status, however old', async () => {
    const { read } = await hubStage(OWNERS, {
      runs: { [APP]: { in_progress: [1] } },
      jobs: {
        1: [
          job('completed', ['acme'], { run_attempt: 1, created_at: '2020-01-01T00:00:00Z' }),
          job('queued', ['acme'], { run_attempt: 2, created_at: '2020-01-01T00:00:00Z' }),
        ],
      },
    });
    expect(await read(LINUX)).toEqual(found(1));
  });

  test('of which GitHub shows a thousand and no more make the demand unknown', async () => {
    const { failure, special } = await hubStage(OWNERS);
    special.answer = ({ query }) =>
      query.get('status') === 'queued' ? listed('workflow_runs', [{ id: 1 }], 1_000) : undefined;
    expect(await failure(LINUX)).toMatchObject({
      kind: 'invalid-answer',
      message: expect.stringMatching(/has 1000 items, of which GitHub shows no more than 1000/),
    });
  });

  test('without an id make the demand unknown', async () => {
    const { failure, special } = await hubStage(OWNERS);
    special.answer = ({ path }) =>
      path === runsPath(APP) ? listed('workflow_runs', [{ name: 'CI' }]) : undefined;
    expect((await failure(LINUX)).kind).toBe('invalid-answer');
  });
});

describe('a fleet', () => {
  test('that is registered outside of the scope has no demand that is known', async () => {
    const elsewhere = queueOf('other', { labels: ['acme'], at: 'another' });
    const { failure, received } = await hubStage(OWNERS);
    expect(await failure(elsewhere)).toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('registered at another, which is not among the owners'),
    });
    expect(received).toHaveLength(0);
  });

  test('that is registered at a repository which is not read has none either', async () => {
    const elsewhere = queueOf('other', { labels: ['acme'], at: 'acme/other' });
    const { failure } = await hubStage(REPOSITORIES);
    expect((await failure(elsewhere)).kind).toBe('not-found');
  });

  test('whose tag says nothing that GitHub understands is told to be deployed again', async () => {
    const { failure } = await hubStage(OWNERS);
    expect(await failure({ resourceClass: 'x', group: 'ci-x' })).toMatchObject({
      kind: 'bad-request',
      message: expect.stringContaining('the tag runner-scaler:demand of ci-x'),
    });
  });

  test('of a thousand shares its reading with all others of its owner', async () => {
    const queues = Array.from({ length: 1_000 }, (_, at) =>
      queueOf(`c${at}`, { labels: [`label-${at}`] }),
    );
    const { readAll, received } = await hubStage(OWNERS, {
      repositories: [repository('acme/app')],
      runs: QUEUED,
      jobs: { 9: [job('queued', ['label-7'])] },
    });
    const counts = await readAll(queues);
    expect(counts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1_000);
    expect(counts[7]).toEqual({ status: 'fulfilled', value: found(1) });
    expect(received).toHaveLength(1 + 4 + 1);
  });
});
