import { afterEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../http-server.ts';
import { runner, said } from './github.ts';
import { closeStage, gitHubCalls, RUNNER_NAME, stage } from './stage.ts';

afterEach(closeStage);

const FIND = `GET /orgs/acme/actions/runners?name=${RUNNER_NAME}&per_page=100&page=1`;

describe('to retire', () => {
  test.each(['Pending:Wait', 'InService', 'Terminating:Wait'])(
    'deletes the runner of a machine that is %s',
    async (state) => {
      const { retire, github, state: world, lines } = await stage({ instance: { state } });
      world.runners.set(5, runner(5, { name: RUNNER_NAME, status: 'online' }));
      world.runners.set(6, runner(6, { name: 'ci-gpu-i-00000000000000001' }));
      expect(await retire()).toMatchObject({ status: 200, body: { outcome: 'removed' } });
      expect([...world.runners.keys()]).toEqual([6]);
      expect(gitHubCalls(github)).toEqual([FIND, 'DELETE /orgs/acme/actions/runners/5']);
      expect(lines).toEqual([expect.objectContaining({ message: 'removed', level: 'INFO' })]);
    },
  );

  test('is done where GitHub does not know the runner', async () => {
    const { retire, github } = await stage();
    expect(await retire()).toMatchObject({ status: 200, body: { outcome: 'removed' } });
    expect(gitHubCalls(github)).toEqual([FIND]);
  });

  test('is done where the runner goes meanwhile', async () => {
    const { retire, state } = await stage({
      github: ({ method }) => (method === 'DELETE' ? said(404, 'Not Found') : undefined),
    });
    state.runners.set(5, runner(5, { name: RUNNER_NAME }));
    expect(await retire()).toMatchObject({ status: 200, body: { outcome: 'removed' } });
  });

  test('deletes no runner that is said to be busy: GitHub might', async () => {
    const { retire, state, github } = await stage();
    state.runners.set(5, runner(5, { name: RUNNER_NAME, status: 'online', busy: true }));
    expect(await retire()).toMatchObject({ status: 200, body: { outcome: 'busy' } });
    expect(gitHubCalls(github)).toEqual([FIND]);
  });

  test('is refused by GitHub for a runner that has just become busy', async () => {
    const { retire, state } = await stage({
      github: ({ method }) =>
        method === 'DELETE' ? said(422, 'Runner is currently running a job') : undefined,
    });
    state.runners.set(5, runner(5, { name: RUNNER_NAME, status: 'online' }));
    expect(await retire()).toMatchObject({ status: 200, body: { outcome: 'busy' } });
  });

  test.each<[name: string, answer: Answer, status: number]>([
    ['a failing server', said(500, 'Server Error'), 503],
    ['a reset', 'reset', 503],
    ['a limit', said(403, 'secondary rate limit'), 429],
    ['HTML', { body: '<html>' }, 502],
  ])('is unknown after %s', async (_name, answer, status) => {
    const { retire, state } = await stage({
      github: ({ path }) => (path.endsWith('/actions/runners') ? answer : undefined),
    });
    state.runners.set(5, runner(5, { name: RUNNER_NAME }));
    const { status: given, headers } = await retire();
    expect(given).toBe(status);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(state.runners.has(5)).toBe(true);
  });
});
