/** python-gitlab, which shares no code with ours, reads the emulator of GitLab; and parses the scaler's own query. */
import { beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnersQuery } from '../../lambda/scaler/demand/gitlab/graphql.ts';
import { gitLabEmulator } from '../../simulator/emulators/gitlab.ts';
import { serve } from '../../simulator/emulators/server.ts';
import { run } from './child.ts';
import { prepareToolbox, type Toolbox } from './toolbox.ts';

const CLIENT = fileURLToPath(new URL('gitlab_client.py', import.meta.url));
const TOKEN = 'glpat-1';
const UNCLAIMED: Readonly<Record<string, number>> = { linux: 7, arm: 0, large: 1 };
const RUNNING: Readonly<Record<string, number>> = { linux: 4, arm: 2, large: 0 };
const RUNNERS = Object.keys(UNCLAIMED).map((resourceClass, index) => ({
  id: index + 1,
  resourceClass,
  tags: [resourceClass, 'computetype-spot'],
  paused: resourceClass === 'arm',
}));

let toolbox: Toolbox;

beforeAll(async () => {
  toolbox = await prepareToolbox();
}, 900_000);

test("somebody else's client reads the counts that are there, page by page, and is refused as by GitLab", async () => {
  const server = await serve(
    gitLabEmulator({
      token: TOKEN,
      runners: RUNNERS,
      counts: {
        resourceClasses: new Set(Object.keys(UNCLAIMED)),
        readRunning: (resourceClass) => RUNNING[resourceClass] ?? 0,
        readUnclaimed: (resourceClass) => UNCLAIMED[resourceClass] ?? 0,
      },
    }),
  );
  try {
    const query = runnersQuery([1, 2, 3], 'running-and-pending');
    const said = await run({
      command: join(toolbox.python, 'python'),
      args: [CLIENT, server.url, TOKEN, 'acme', query],
    });
    const tags = (name: string) =>
      Array.from({ length: UNCLAIMED[name] ?? 0 }, () => [name, 'computetype-spot']);
    const adminUrl = expect.stringContaining('/admin/runners/');
    expect(JSON.parse(said)).toEqual({
      pending: { 'acme/linux': tags('linux'), 'acme/arm': [], 'acme/large': tags('large') },
      counts: {
        runner0: { paused: false, adminUrl, jobCount: 4 },
        jobs0: { count: 7 },
        runner1: { paused: true, adminUrl, jobCount: 2 },
        jobs1: { count: 0 },
        runner2: { paused: false, adminUrl, jobCount: 0 },
        jobs2: { count: 1 },
      },
      refusals: { 'another token': 401, 'no such project': 404, 'no such scope': 400 },
    });
  } finally {
    await server.close();
  }
});
