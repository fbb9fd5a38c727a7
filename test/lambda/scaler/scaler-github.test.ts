/** The scaler as composed for the Lambda, with fleets of GitHub: the App's secret, its sign-in, and its jobs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeFleetTags,
  encodeGitHubDemand,
  type Settings,
} from '../../../lambda/scaler/contract.ts';
import { gitHubEmulator } from '../../../simulator/emulators/github.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';
import { describeAnswer, doneAnswer, type GroupAnswer } from '../../auto-scaling-answers.ts';
import { testApp } from '../../github-app.ts';
import { startServer, type TestServer } from '../../http-server.ts';
import { manualClock } from '../../manual-clock.ts';
import { composedWith, writesTo } from './composed.ts';

const APP = testApp('12345');

let aws: TestServer;
let github: RunningServer;
let groups: readonly GroupAnswer[];
let counts: Record<string, { readonly unclaimed: number; readonly running: number }>;
let secret: string;
let asked: string[];
const clock = manualClock();

beforeEach(async () => {
  groups = [fleetOf('linux', ['acme']), fleetOf('gpu', ['acme', 'gpu'])];
  counts = { linux: { unclaimed: 2, running: 0 }, gpu: { unclaimed: 1, running: 0 } };
  secret = JSON.stringify({ appId: APP.appId, privateKey: APP.privateKey });
  asked = [];
  aws = await startServer(({ headers, body }) => {
    if (headers['x-amz-target'] !== undefined) {
      return { body: JSON.stringify({ SecretString: secret }) };
    }
    return body.includes('DescribeAutoScalingGroups')
      ? describeAnswer(groups, undefined)
      : doneAnswer('SetDesiredCapacity');
  });
  const { answer } = gitHubEmulator({
    app: APP,
    now: () => clock.now(),
    counts: {
      resourceClasses: new Set(['linux', 'gpu']),
      readRunning: (name) => counts[name]?.running ?? 0,
      readUnclaimed: (name) => counts[name]?.unclaimed ?? 0,
    },
    jobs: [
      { repository: 'acme/app', resourceClass: 'linux', labels: ['acme'], prefix: 'ci-linux-' },
      { repository: 'acme/app', resourceClass: 'gpu', labels: ['acme', 'gpu'], prefix: 'ci-gpu-' },
    ],
  });
  github = await serve((request) => {
    asked.push(`${request.method} ${request.path}`);
    return answer(request);
  });
});

afterEach(async () => {
  await Promise.all([aws.close(), github.close()]);
});

function fleetOf(resourceClass: string, labels: readonly string[]): GroupAnswer {
  const demand = encodeGitHubDemand({ labels, at: 'acme', prefix: `ci-${resourceClass}-` });
  return {
    name: `ci-${resourceClass}`,
    max: 100,
    tags: encodeFleetTags('ci', {
      source: 'github',
      resourceClass,
      demand: demand.replaceAll('"', '&quot;'),
      headroom: 0,
    }),
  };
}

function composed(sources?: Settings['sources']) {
  const scope = { kind: 'owners', owners: ['acme'] } as const;
  const settings = { sources: sources ?? { github: { url: github.url, appSecret: 'app', scope } } };
  return composedWith(aws, settings, clock);
}

const writes = () => writesTo(aws);

describe('the scaler with fleets of GitHub, over real HTTP', () => {
  test('signs in as the App and brings each group to the demand of its labels', async () => {
    const { run, warnings } = composed();
    await run();
    expect(writes().toSorted()).toEqual(['ci-gpu=1', 'ci-linux=2']);
    expect(warnings).toEqual([]);
    expect(asked.slice(0, 3)).toEqual([
      'GET /api/v3/users/acme/installation',
      'POST /api/v3/app/installations/1/access_tokens',
      'GET /api/v3/installation/repositories',
    ]);
  });

  test("has in each outcome what GitHub leaves of the App's requests, by the last of its answers", async () => {
    const { run, outcomes } = composed();
    await run();
    // Those of the sign-in count against the App itself.
    const counted = asked.length - 2;
    const left = { of: 'GitHub acme core', limit: 5_000, left: 5_000 - counted };
    expect(outcomes.map(({ rateLimit }) => rateLimit)).toEqual([
      expect.objectContaining(left),
      expect.objectContaining(left),
    ]);
  });

  test('counts a job for the fleet with fewer labels also in a pass that is not about that fleet', async () => {
    const { scaler } = composed();
    await scaler(60_000, { lastWords: [], about: ({ group }) => group === 'ci-gpu' });
    expect(writes()).toEqual(['ci-gpu=1']);
  });

  test('fails the invocation for a key of another App, says what to do, and changes nothing', async () => {
    secret = JSON.stringify({ appId: APP.appId, privateKey: testApp('9').privateKey });
    const { run } = composed();
    await expect(run()).rejects.toThrow(
      /linux: GET http.*\/users\/acme\/installation answered 401/,
    );
    await expect(run()).rejects.not.toThrow(/PRIVATE KEY/);
    expect(writes()).toEqual([]);
  });

  test('refuses the fleets of GitHub where it has no settings of it', async () => {
    const { run } = composed({});
    await expect(run()).rejects.toThrow(
      'this scaler has no settings of github (RUNNER_SCALER_GITHUB)',
    );
  });
});
