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

describe('the fleets of API v3', () => {
  const LOOK_UP = '/api/v3/runner/resource-classes?filter%5Bresource_class%5D=';
  const lookedUp = async () => {
    const [, body] = await bearer(`${LOOK_UP}acme%2Flinux%2Bgpu`);
    return (body as { data: [{ id: string }] }).data[0].id;
  };

  test('tell the id of a class by its name', async () => {
    const [status, body] = await bearer(`${LOOK_UP}acme%2Flinux%2Bgpu`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: [
        {
          id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          attributes: { resource_class: 'acme/linux+gpu' },
        },
      ],
      page: { next: null },
    });
  });

  test('answer both counts at once', async () => {
    const id = await lookedUp();
    const [status, body] = await bearer(`/api/v3/runner/fleets/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: {
        id,
        attributes: { running_tasks: 3, queued_tasks: 7 },
        references: { resource_class: { id } },
      },
    });
  });

  test.each([
    ['an unknown class', `${LOOK_UP}acme%2Fother`, 404],
    ['no filter', '/api/v3/runner/resource-classes', 400],
    ['two filters', `${LOOK_UP}acme%2Flinux&filter%5Bnamespace%5D=acme`, 400],
    ['an unknown fleet', '/api/v3/runner/fleets/00000000-0000-4000-8000-000000000000', 404],
  ])('refuse %s', async (_name, path, status) => {
    expect(await bearer(path)).toEqual([
      status,
      { error: { id: expect.any(String), title: expect.any(String), detail: '' } },
    ]);
  });

  test('refuse a filter beside an id, to be written to, and the token of the other API', async () => {
    const path = `/api/v3/runner/fleets/${await lookedUp()}`;
    expect((await bearer(`${path}?filter%5Bnamespace%5D=acme`))[0]).toBe(400);
    expect((await get(path))[0]).toBe(401);
    const headers = { authorization: 'Bearer good' };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers });
    expect(response.status).toBe(404);
  });

  test("answer with the world's faults", async () => {
    const id = await lookedUp();
    counts = {
      ...counts,
      readRunning: () => {
        throw new WorldFault('ServiceUnavailable', 'service unavailable');
      },
    };
    expect((await bearer(`/api/v3/runner/fleets/${id}`))[0]).toBe(503);
  });

  test('are unknown to an installation that has none', async () => {
    const older = await serve(circleCiEmulator({ counts, token: 'good', fleets: false }));
    try {
      const headers = { authorization: 'Bearer good', 'circle-token': 'good' };
      const response = await fetch(`${older.url}${LOOK_UP}acme%2Flinux%2Bgpu`, { headers });
      expect(response.status).toBe(404);
    } finally {
      await older.close();
    }
  });
});

async function bearer(path: string): Promise<[status: number, body: unknown]> {
  const headers = { authorization: 'Bearer good' };
  const response = await fetch(`${server.url}${path}`, { headers });
  return [response.status, await response.json()];
}

async function get(path: string, token = 'good') {
  const response = await fetch(`${server.url}${path}`, { headers: { 'circle-token': token } });
  return [response.status, await response.json()];
}
