import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { circleCiEmulator, type TaskCounts } from '../../../simulator/emulators/circleci.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';
import { WorldFault } from '../../../simulator/world/fault.ts';

let server: RunningServer;
let counts: TaskCounts;

beforeEach(async () => {
  counts = {
    resourceClasses: new Set(['acme/linux+gpu']),
    readUnclaimed: () => 7,
    readRunning: () => 3,
  };
  server = await serve((request) => circleCiEmulator({ counts, token: 'good' })(request));
});

afterEach(async () => {
  await server.close();
});

describe('the runner API', () => {
  test('answers both counts', async () => {
    expect(await get('/api/v3/runner/tasks?resource-class=acme%2Flinux%2Bgpu')).toEqual([
      200,
      { unclaimed_task_count: 7 },
    ]);
    expect(await get('/api/v3/runner/tasks/running?resource-class=acme%2Flinux%2Bgpu')).toEqual([
      200,
      { running_runner_tasks: 3 },
    ]);
  });

  test.each([
    ['a class that is not encoded', '/api/v3/runner/tasks?resource-class=acme/linux+gpu', 400],
    ['no class', '/api/v3/runner/tasks', 400],
    ['an unknown class', '/api/v3/runner/tasks?resource-class=acme%2Fother', 404],
    ['an unknown path', '/api/v3/runner/running?resource-class=acme%2Flinux', 404],
  ])('refuses %s', async (_name, path, status) => {
    expect(await get(path)).toEqual([status, { message: expect.any(String) }]);
  });

  test('refuses to be written to', async () => {
    const path = '/api/v3/runner/tasks?resource-class=acme%2Flinux%2Bgpu';
    const headers = { 'circle-token': 'good' };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers });
    expect(response.status).toBe(404);
  });

  test('refuses a wrong token', async () => {
    const [status] = await get('/api/v3/runner/tasks?resource-class=acme%2Flinux%2Bgpu', 'bad');
    expect(status).toBe(401);
  });

  test("answers with the world's faults", async () => {
    counts = {
      ...counts,
      readUnclaimed: () => {
        throw new WorldFault('ServiceUnavailable', 'service unavailable');
      },
    };
    const [status] = await get('/api/v3/runner/tasks?resource-class=acme%2Flinux%2Bgpu');
    expect(status).toBe(503);
  });
});

async function get(path: string, token = 'good') {
  const response = await fetch(`${server.url}${path}`, { headers: { 'circle-token': token } });
  return [response.status, await response.json()];
}
