import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type CircleCiSettings,
  encodeFleetTags,
  type Settings,
  TOKEN_PLACEHOLDER,
} from '../../../lambda/scaler/contract.ts';
import { GATHER_MS } from '../../../lambda/scaler/fleet/gathered.ts';
import {
  describeAnswer,
  doneAnswer,
  errorAnswer,
  type GroupAnswer,
} from '../../auto-scaling-answers.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../http-server.ts';
import { composedWith, writesTo } from './composed.ts';

/** What the two sides answer; each test changes what it is about. */
interface World {
  token: string;
  groups: readonly GroupAnswer[];
  unclaimed: Readonly<Record<string, number>>;
  circleci: ((request: Received) => Answer) | undefined;
  write: Answer;
  sent: Answer;
}

let aws: TestServer;
let circleci: TestServer;
let world: World;

beforeEach(async () => {
  world = {
    token: 'CCIPAT_1',
    groups: [group('linux'), group('arm')],
    unclaimed: { 'acme/linux': 3 },
    circleci: undefined,
    write: doneAnswer('SetDesiredCapacity'),
    sent: { body: '{"Successful":[],"Failed":[]}' },
  };
  aws = await startServer(({ headers, body }) => {
    if (String(headers['x-amz-target']).startsWith('AmazonSQS.')) return world.sent;
    if (headers['x-amz-target'] !== undefined) {
      return { body: JSON.stringify({ SecretString: world.token }) };
    }
    return body.includes('DescribeAutoScalingGroups') ? describeAnswer(world.groups) : world.write;
  });
  circleci = await startServer((request) => {
    if (world.circleci) return world.circleci(request);
    const waiting = world.unclaimed[request.query.get('resource-class') ?? ''] ?? 0;
    return {
      body: request.path.endsWith('running')
        ? '{"running_runner_tasks":0}'
        : JSON.stringify({ unclaimed_task_count: waiting }),
    };
  });
});

afterEach(async () => {
  await Promise.all([aws.close(), circleci.close()]);
});

describe('the scaler as composed for the Lambda, over real HTTP', () => {
  test('brings each group to the demand of its class', async () => {
    const { run, outcomes } = composed();
    await run();
    expect(writes()).toEqual(['ci-linux=3']);
    expect(outcomes).toHaveLength(2);
  });

  test('makes one describe call and two count calls per class on a quiet pass, and no write', async () => {
    world.unclaimed = {};
    const { run } = composed();
    await run();
    expect(circleci.received).toHaveLength(4);
    // The secret, and the groups.
    expect(aws.received).toHaveLength(2);
    await run();
    expect(aws.received).toHaveLength(3);
  });

  test('keeps its calls to a third of what the source takes a second, the two of a class together', async () => {
    const { scaler, clock } = composed({}, { callsPerSecond: 30 });
    await scaler(20_000);
    expect(circleci.received).toHaveLength(4);
    // The last one is for others that have a write to make.
    expect(clock.waits).toEqual([100, 100, 100, GATHER_MS]);
  });

  test('leaves classes to the next pass where there is no time for their calls, and says so', async () => {
    const { scaler, warnings } = composed({}, { callsPerSecond: 3 });
    expect(await scaler(6_000)).toMatchObject({ left: 1 });
    expect(circleci.received).toHaveLength(2);
    expect(warnings).toEqual([
      expect.stringMatching(/^1 of 2 classes are left to the next passes/),
    ]);
    const [first] = circleci.received;
    await scaler(6_000);
    expect(circleci.received.at(-1)?.path).not.toBe(first?.path);
  });

  test('reads the fleets of CircleCI where it is told to, one class by one call once its id is known', async () => {
    world.circleci = byFleets;
    const { scaler, run, warnings } = composed({}, { api: 'fleets', callsPerSecond: 3 });
    await run();
    expect(writes()).toEqual(['ci-linux=3', 'ci-arm=3']);
    expect(circleci.received).toHaveLength(4);
    // The time in which the counts of one class only can be read.
    expect(await scaler(6_000)).toMatchObject({ left: 0 });
    expect(circleci.received).toHaveLength(6);
    expect(warnings).toEqual([]);
  });

  test('fails the invocation for one bad class after it has served the others', async () => {
    world.circleci = ({ path, query }) =>
      query.get('resource-class') === 'acme/arm'
        ? { body: '<html>' }
        : {
            body: path.endsWith('running')
              ? '{"running_runner_tasks":1}'
              : '{"unclaimed_task_count":1}',
          };
    const { run } = composed();
    await expect(run()).rejects.toMatchObject({
      name: 'InvocationError',
      message: expect.stringContaining('1 problem: acme/arm: GET http://127.0.0.1'),
    });
    expect(writes()).toEqual(['ci-linux=1']);
  });

  test.each([
    ['is gone', errorAnswer(400, 'ValidationError', 'AutoScalingGroup name not found'), 'gone'],
    ['is being changed', errorAnswer(400, 'ScalingActivityInProgress'), 'contention'],
    ['refuses the value', errorAnswer(400, 'ValidationError', 'is above max value'), 'refused'],
  ])('skips a group that %s, with its reason', async (_name, answer, kind) => {
    world.write = answer;
    const { run, outcomes } = composed();
    await expect(run()).rejects.toThrow('setting the desired capacity of ci-linux to 3 failed');
    expect(outcomes.map(({ failure }) => failure?.kind).filter(Boolean)).toEqual([kind]);
  });

  test('names the secret and the command to fill it while it holds the placeholder', async () => {
    world.token = TOKEN_PLACEHOLDER;
    const { run } = composed();
    await expect(run()).rejects.toThrow(
      'the secret api-token holds the placeholder; put the bare token into it: ' +
        'aws secretsmanager put-secret-value --secret-id api-token',
    );
    expect(circleci.received).toHaveLength(0);
    expect(writes()).toEqual([]);
  });

  test.each([401, 403, 404])(
    'takes up a token that was changed in its secret while it is answered %i, in each container',
    async (status) => {
      world.token = 'CCIPAT_wrong';
      world.circleci = ({ path, headers }) =>
        headers['circle-token'] === 'CCIPAT_right'
          ? {
              body: path.endsWith('running')
                ? '{"running_runner_tasks":0}'
                : '{"unclaimed_task_count":5}',
            }
          : { status };
      const containers = [composed(), composed()];
      for (let minute = 0; minute < 3; minute += 1) {
        for (const { run, clock } of containers) {
          await expect(run()).rejects.toThrow(`answered ${status}`);
          clock.advance(60_000);
        }
      }
      // Each has read it at its start and once a minute, and has asked once for each class.
      expect(secretReads()).toBe(2 * 3);
      expect(circleci.received).toHaveLength(2 * 3 * 2);
      expect(writes()).toEqual([]);
      world.token = 'CCIPAT_right';
      for (const { run } of containers) await run();
      expect(writes()).toEqual(['ci-linux=5', 'ci-arm=5', 'ci-linux=5', 'ci-arm=5']);
    },
  );

  test('reads the secret once a minute for a class that does not exist, and serves the others', async () => {
    world.circleci = ({ path, query }) =>
      query.get('resource-class') === 'acme/arm'
        ? { status: 404 }
        : {
            body: path.endsWith('running')
              ? '{"running_runner_tasks":0}'
              : '{"unclaimed_task_count":1}',
          };
    const { run, clock } = composed();
    for (let minute = 1; minute <= 5; minute += 1) {
      await expect(run()).rejects.toThrow('1 problem: acme/arm: GET');
      expect(writes()).toHaveLength(minute);
      expect(secretReads()).toBe(minute);
      clock.advance(60_000);
    }
  });

  test('takes up a secret that was filled, at the next pass, whatever it held', async () => {
    const { run } = composed();
    for (const unusable of [TOKEN_PLACEHOLDER, '', '{"token":"CCIPAT_1"}']) {
      world.token = unusable;
      await expect(run()).rejects.toThrow('the secret api-token ');
    }
    expect(secretReads()).toBe(3);
    world.token = 'CCIPAT_1';
    await run();
    expect(writes()).toEqual(['ci-linux=3']);
  });

  test('leaves a group with weighted machines alone, tells it once a minute, and serves the others', async () => {
    // Three busy machines of weight 4: twelve units, which are three machines and not nine owed ones.
    const heavy = {
      ...group('heavy'),
      desired: 12,
      max: 40,
      instances: ['InService', 'InService', 'InService'],
      moreOfInstance: '<WeightedCapacity>4</WeightedCapacity>',
      suspended: [],
    };
    world.groups = [heavy, group('linux')];
    const { run, clock, outcomes } = composed();
    for (let minute = 0; minute < 3; minute += 1) {
      await expect(run()).rejects.toThrow('1 problem: ci-heavy: the instance i-0 has the weight 4');
      clock.advance(60_000);
    }
    expect(new Set(writes())).toEqual(new Set(['ci-linux=3']));
    expect(aws.received.filter(({ body }) => body.includes('ci-heavy'))).toEqual([]);
    expect(outcomes.map(({ fleet }) => fleet.group)).not.toContain('ci-heavy');
    // An event about another machine does not repeat it.
    await run((fleet) => fleet.group === 'ci-linux');
  });

  test.each([
    ['whose maximum was set to 0 by hand', { max: 0, desired: 0 }, []],
    ['whose maximum is 0 while machines run', { max: 0, desired: 2 }, ['ci-linux=0']],
    ['that wants more than its maximum', { max: 2, desired: 0 }, ['ci-linux=2']],
    ['whose capacity is above its maximum', { max: 2, desired: 5 }, ['ci-linux=2']],
  ])('keeps a group %s within its bounds', async (_name, change, written) => {
    const instances = change.desired === 2 ? ['InService', 'InService'] : [];
    world.groups = [{ ...group('linux'), ...change, instances }];
    await composed().run();
    expect(writes()).toEqual(written);
  });

  test('warns which tag it looked for when no group has it', async () => {
    world.groups = [];
    const { run, warnings } = composed();
    await run();
    expect(warnings).toEqual([
      'no group has the tag runner-scaler:name = ci, so there is nothing to scale; deploy a fleet, or tag a group',
    ]);
  });

  test('changes nothing in a dry run, and tells what it would do', async () => {
    const { run, warnings } = composed({ dryRun: true });
    await run();
    expect(writes()).toEqual([]);
    expect(warnings).toEqual(['dry run: would set the desired capacity of ci-linux to 3']);
  });
});

function group(name: string): GroupAnswer {
  const tags = { source: 'circleci', resourceClass: `acme/${name}`, headroom: 0 } as const;
  return { name: `ci-${name}`, tags: encodeFleetTags('ci', tags) };
}

describe('the passes between', () => {
  const passing = (change: Partial<Settings> = {}) =>
    composed({ passIntervalSeconds: 10, queueUrl: `${aws.url}/123456789012/events`, ...change });

  test('are sent after the pass of the schedule', async () => {
    await passing().run();
    expect(sends()).toEqual([5]);
  });

  test('are sent by nothing else', async () => {
    const { scaler } = passing();
    await scaler(60_000, { pass: true, lastWords: [] });
    await scaler(60_000, { about: () => true, lastWords: [] });
    expect(sends()).toEqual([]);
  });

  test('are not sent where no class is in use', async () => {
    world.unclaimed = {};
    await passing().run();
    expect(sends()).toEqual([]);
  });

  test('are sent where a class cannot be read, and not where its source is asked too often', async () => {
    world.circleci = () => ({ status: 404, body: '{}' });
    world.groups = [{ ...group('linux'), desired: 1 }];
    await expect(passing().run()).rejects.toThrow('1 problem');
    expect(sends()).toEqual([5]);
    world.circleci = () => ({ status: 429, headers: { 'retry-after': '3600' }, body: '{}' });
    await expect(passing().run()).rejects.toThrow('1 problem');
    expect(sends()).toEqual([5]);
  });

  test('that are not taken cost the minute its passes, and are told', async () => {
    world.sent = { status: 403, body: '{"__type":"AccessDenied","message":"not you"}' };
    const { run, warnings } = passing();
    await run();
    expect(warnings).toEqual([
      "the passes of this minute could not be sent: not you; the next is the schedule's, and if this goes on, see the " +
        "queue and the rights of the function's role",
    ]);
  });

  test('are none without a queue, and none where the interval is a minute', async () => {
    await passing({ queueUrl: undefined }).run();
    await passing({ passIntervalSeconds: 60 }).run();
    expect(sends()).toEqual([]);
  });
});

/** How many messages each batch had that was sent. */
function sends() {
  return aws.received
    .filter(({ headers }) => String(headers['x-amz-target']).startsWith('AmazonSQS.'))
    .map(({ body }) => (JSON.parse(body) as { Entries: readonly unknown[] }).Entries.length);
}

/** Three tasks wait in each class. */
function byFleets({ path, query, headers }: Received): Answer {
  if (headers.authorization !== 'Bearer CCIPAT_1') return { status: 401 };
  const name = query.get('filter[resource_class]');
  const id = path.split('/').at(-1) ?? '';
  const data =
    name === null
      ? { id, attributes: { running_tasks: 0, queued_tasks: 3 } }
      : [{ id: name.replace('/', '-'), attributes: { resource_class: name } }];
  return { body: JSON.stringify({ data }) };
}

function secretReads() {
  return aws.received.filter(({ headers }) => headers['x-amz-target'] !== undefined).length;
}

const writes = () => writesTo(aws);

function composed(change: Partial<Settings> = {}, circleciChange: Partial<CircleCiSettings> = {}) {
  const usual = { api: 'counts', callsPerSecond: 0, tokenSecret: 'api-token' } as const;
  return composedWith(aws, {
    sources: { circleci: { url: circleci.url, ...usual, ...circleciChange } },
    ...change,
  });
}
