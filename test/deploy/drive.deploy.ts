/**
 * The shipped stack, deployed by the CDK, and its function, driven as AWS would drive it. The tests
 * follow one another on one deployment, as the days of an installation do.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { config } from '../../config.ts';
import { SCHEDULE_EVENT, TAG } from '../../lambda/scaler/contract.ts';
import { REREAD_PAUSE_MS } from '../../lambda/scaler/demand/credentials.ts';
import { KEPT_SUSPENDED } from '../../lambda/scaler/fleet/suspended.ts';
import { CALLER, deploy, type Deployment } from './deployment.ts';
import { driving } from './driver.ts';
import { launchTemplateOf } from './launch-template.ts';
import { judge, judgementTable, type ObservedCall, statementsOf } from './permissions.ts';
import type { RecordedCall } from './recorder.ts';
import { keepResult } from './results.ts';
import { wakeUpTests } from './wake-ups.ts';

const { resourceClasses = [] } = config;
const [LINUX = '', ARM = '', LARGE = ''] = resourceClasses.map(
  ({ resourceClass }) => resourceClass,
);

/** Starting moto, bootstrapping and deploying, on a slow machine. */
const DEPLOY_TIMEOUT_MS = 400_000;

/** Longer than a container waits before it reads a refused token's secret again. */
const REREAD_PATIENCE_MS = REREAD_PAUSE_MS + 30_000;

/** Rights of the function that nothing here makes it use, with the reason. */
const UNSEEN: ReadonlySet<string> = new Set([
  // Lambda itself writes the log, with the function's role.
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  // Lambda itself reads the queue, likewise; here the test does.
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
]);

let it: Deployment;

const driver = driving(() => it);
const {
  queue,
  desired,
  sizes,
  untilDesired,
  untilClean,
  watching,
  untilLogged,
  scaleTo,
  emptyFleet,
  endMachines,
  setMaximum,
  setTag,
} = driver;

beforeAll(async () => {
  it = await deploy();
}, DEPLOY_TIMEOUT_MS);

afterAll(async () => {
  await it?.end();
});

describe('what was deployed', () => {
  test('the function is the zip that the CDK put into the bucket, for Node 24', () => {
    expect(it.deployed).toMatchObject({ runtime: 'nodejs24.x', handler: 'index.handler' });
    expect(it.deployed.zipSha256).toBe(it.deployed.codeSha256);
  });

  test('it is woken each minute, without retries of the delivery or of the execution', async () => {
    expect(it.schedule).toMatchObject({
      State: 'ENABLED',
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: it.deployed.arn,
        Input: JSON.stringify(SCHEDULE_EVENT),
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
    const asynchronous = await it.aws(
      'lambda',
      'get-function-event-invoke-config',
      '--function-name',
      it.deployed.name,
    );
    expect(asynchronous).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  });

  test('each class has a group from zero to its maximum whose machines are protected', async () => {
    for (const { resourceClass, max } of resourceClasses) {
      expect(await it.group(resourceClass)).toMatchObject({
        MinSize: 0,
        MaxSize: max,
        DesiredCapacity: 0,
        NewInstancesProtectedFromScaleIn: true,
      });
    }
  });
});

describe('the tokens', () => {
  test('while its secret holds the placeholder, the function fails and says how to fill it', async () => {
    queue(LINUX, { unclaimed: 1 });
    const { error } = await it.wake();
    expect(error?.errorMessage).toContain('holds the placeholder');
    expect(error?.errorMessage).toContain('aws secretsmanager put-secret-value');
    expect(await desired(LINUX)).toBe(0);
  });

  test('the commands in the outputs fill every secret with what is typed', async () => {
    const fills = Object.entries(it.outputs).filter(([name]) => name.includes('Fill'));
    expect(fills).toHaveLength(resourceClasses.length + 1);
    for (const [name, command] of fills) {
      const typed = name.startsWith('Scaler') ? it.circleci.token : `runner-token-of-${name}`;
      await it.shell(command, typed);
      const [, secret = ''] = /--secret-id (\S+)/.exec(command) ?? [];
      const kept = await it.aws('secretsmanager', 'get-secret-value', '--secret-id', secret);
      expect(kept).toMatchObject({ SecretString: typed });
    }
  });

  test('a filled secret is taken up by the running function', async () => {
    queue(LINUX, {});
    expect(await untilClean()).toMatchObject({ error: undefined });
  });
});

describe('the demand', () => {
  test('the first good pass suspended in every group what would work against the rule', async () => {
    for (const { resourceClass } of resourceClasses) {
      const { SuspendedProcesses } = await it.group(resourceClass);
      const suspended = SuspendedProcesses?.map(({ ProcessName }) => ProcessName);
      expect(new Set(suspended)).toEqual(new Set(KEPT_SUSPENDED));
    }
  });

  test('a queue becomes capacity, and the invocation goes on looking until it is claimed', async () => {
    queue(LINUX, { unclaimed: 3 });
    const waking = it.wake();
    await untilDesired(LINUX, 3);
    queue(LINUX, { running: 3 });
    expect(await waking).toMatchObject({ error: undefined });
    expect(await sizes(LINUX)).toEqual({ desired: 3, present: 3 });
    expect(await desired(ARM)).toBe(0);
  });

  test('a pass over what is in order changes nothing', async () => {
    const { calls } = await watching();
    expect(calls.map(({ action }) => action)).toEqual([
      'autoscaling:DescribeAutoScalingGroups',
      // What sends the passes until the next minute.
      'sqs:SendMessage',
    ]);
  });

  test('a queue that ends leaves the machines to end themselves, and their places go with them', async () => {
    queue(LINUX, {});
    expect((await watching()).writes).toEqual([]);
    expect(await sizes(LINUX)).toEqual({ desired: 3, present: 3 });

    await endMachines(LINUX, 2);
    expect((await watching()).writes).toEqual([]);
    expect(await sizes(LINUX)).toEqual({ desired: 1, present: 1 });
    await endMachines(LINUX, 1);
    expect((await watching()).writes).toEqual([]);
    expect(await sizes(LINUX)).toEqual({ desired: 0, present: 0 });
  });
});

describe('an operator at the group', () => {
  test('a maximum lowered by hand is kept', async () => {
    await setMaximum(LINUX, 2);
    queue(LINUX, { unclaimed: 9 });
    const watched = watching();
    await untilDesired(LINUX, 2);
    queue(LINUX, { running: 2 });
    expect((await watched).writes).toEqual([['autoscaling:SetDesiredCapacity', '2']]);
    expect(await sizes(LINUX)).toEqual({ desired: 2, present: 2 });
  });

  test('a maximum of 0 stops the fleet, and it stays stopped', async () => {
    await endMachines(LINUX, 2);
    await setMaximum(LINUX, 0);
    queue(LINUX, { unclaimed: 9 });
    expect(await watching()).toMatchObject({ error: undefined, writes: [] });
    // A second one proves that the first did not merely come too late.
    expect(await watching()).toMatchObject({ error: undefined, writes: [] });
    queue(LINUX, {});
    expect(await sizes(LINUX)).toEqual({ desired: 0, present: 0 });
    await setMaximum(LINUX, 20);
  });
});

describe('failures', () => {
  test.each<[what: string, status: number, type: string, body: string]>([
    ['503', 503, 'application/json', '{"message":"upstream unavailable"}'],
    ['an HTML page with status 200', 200, 'text/html', '<html><body>maintenance</body></html>'],
  ])(
    'CircleCI answers %s: the capacity stays, other classes are served, the invocation fails',
    async (_what, status, type, body) => {
      await scaleTo(LINUX, 2);
      it.circleci.failure = (resourceClass) =>
        resourceClass === LINUX ? { status, type, body } : undefined;
      queue(LARGE, { unclaimed: 2 });
      const watched = watching();
      await untilDesired(LARGE, 2);
      queue(LARGE, { running: 2 });
      const { error, writes } = await watched;
      it.circleci.failure = undefined;
      expect(error).toMatchObject({
        errorType: 'InvocationError',
        errorMessage: expect.stringContaining(
          `1 problem: ${LINUX}: GET https://runner.circleci.com`,
        ),
      });
      expect(writes).toEqual([['autoscaling:SetDesiredCapacity', '2']]);
      expect(await sizes(LINUX)).toEqual({ desired: 2, present: 2 });
      expect(await sizes(LARGE)).toEqual({ desired: 2, present: 2 });
      await emptyFleet(LINUX);
      await emptyFleet(LARGE);
    },
  );

  test(
    'a token that was replaced is read again, in the same process',
    async () => {
      const command = Object.entries(it.outputs).find(([name]) => /^Scaler.*Fill/.test(name))?.[1];
      const { pid } = it.lambda;
      it.circleci.token = 'the-second-api-token';
      await it.shell(command ?? '', it.circleci.token);
      queue(ARM, { unclaimed: 1 });
      // The secret was read for the failures before, and is read again a minute after that at most.
      const clean = untilClean(REREAD_PATIENCE_MS);
      await untilDesired(ARM, 1, REREAD_PATIENCE_MS);
      queue(ARM, { running: 1 });
      await clean;
      expect(it.lambda.pid).toBe(pid);
      expect(await desired(ARM)).toBe(1);
      await emptyFleet(ARM);
    },
    2 * REREAD_PATIENCE_MS,
  );
});

describe('launches that are held back', () => {
  const held =
    'held tasks-unclaimed since 2026-01-01T00:00:00Z next 2100-01-01T00:00:00Z waiting 3';

  test('are known to a new process by the tag of the group, and say so', async () => {
    queue(LARGE, { unclaimed: 3 });
    await setTag(LARGE, TAG.holdBack, held);
    const { pid } = it.lambda;
    await it.coldStart();
    expect(it.lambda.pid).not.toBe(pid);
    expect(await watching()).toMatchObject({ error: undefined, writes: [] });
    expect(await untilLogged(LARGE, () => true)).toMatchObject({
      holdBack: held,
      reason: 'tasks-unclaimed',
      HeldRunners: 3,
    });
  });

  test('are tried by one runner when the pause is over, which the tag tells first', async () => {
    const due = held.replace('2100', '2026');
    await setTag(LARGE, TAG.holdBack, due);
    expect(await watching()).toMatchObject({
      error: undefined,
      writes: [
        ['autoscaling:CreateOrUpdateTags', expect.stringMatching(/^held tasks-unclaimed since/)],
        ['autoscaling:SetDesiredCapacity', '1'],
      ],
    });
  });

  test('are released by a person who sets the tag to none', async () => {
    await setTag(LARGE, TAG.holdBack, 'none');
    queue(LARGE, { unclaimed: 2, running: 1 });
    const watched = watching();
    await untilDesired(LARGE, 3);
    queue(LARGE, { running: 3 });
    expect(await watched).toMatchObject({
      error: undefined,
      writes: [['autoscaling:SetDesiredCapacity', '3']],
    });
    await emptyFleet(LARGE);
  });
});

describe('an event', () => {
  wakeUpTests({
    deployment: () => it,
    driver,
    name: config.name,
    resourceClass: LINUX,
    other: ARM,
  });
});

describe('permissions', () => {
  const statements = new Map<string, Awaited<ReturnType<typeof statementsOf>>>();
  let calls: readonly ObservedCall[];

  beforeAll(async () => {
    const roleOf = (arn: string) => arn.split('/').at(-1) ?? '';
    statements.set('function', await statementsOf(it.aws, it.deployed.role));
    statements.set('schedule', await statementsOf(it.aws, roleOf(it.schedule.Target.RoleArn)));
    for (const { resourceClass } of resourceClasses) {
      statements.set(
        `runner of ${resourceClass}`,
        await statementsOf(it.aws, await runnerRole(resourceClass)),
      );
    }
    calls = [
      {
        caller: 'schedule',
        action: 'lambda:InvokeFunction',
        resource: it.deployed.arn,
        context: {},
      },
      ...it.recorder.calls.map((call) => ({
        caller: callerOf(call),
        action: call.action,
        resource: call.resource,
        context: call.context,
      })),
    ];
  });

  test('every call that was seen is allowed by the role that was deployed with its caller', async () => {
    const judged = judge(calls, statements);
    const table = judgementTable(judged, statements);
    process.stdout.write(`\n${table}\n\n`);
    await keepResult('recorded-calls.json', it.recorder.calls);
    await keepResult('judged-calls.json', judged);
    expect(judged.filter(({ statement }) => statement === undefined)).toEqual([]);
    const asked = judged.filter(({ caller }) => caller === 'function');
    expect(asked.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:SetDesiredCapacity',
        'autoscaling:SuspendProcesses',
        'autoscaling:CreateOrUpdateTags',
        'secretsmanager:GetSecretValue',
        'sqs:SendMessage',
      ]),
    );
    const said = judged.filter(({ caller }) => caller === `runner of ${LINUX}`);
    expect(said.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'autoscaling:SetInstanceProtection',
        'autoscaling:TerminateInstanceInAutoScalingGroup',
        'events:PutEvents',
      ]),
    );
  });

  test.each<
    [what: string, verdict: 'allowed' | 'denied', change: Readonly<Record<string, string>>]
  >([
    ['as it was seen', 'allowed', {}],
    ["on another scaler's group", 'denied', { [`aws:ResourceTag/${TAG.name}`]: 'other' }],
    ['with the key that says whose the group is', 'denied', { 'aws:TagKeys': TAG.name }],
    ['with that key too', 'denied', { 'aws:TagKeys': `${TAG.holdBack},${TAG.name}` }],
  ])('the call that keeps a hold-back, %s, is %s', (_what, verdict, change) => {
    const kept = calls.filter(({ action }) => action === 'autoscaling:CreateOrUpdateTags');
    const asked = kept.map((call) => ({ ...call, context: { ...call.context, ...change } }));
    const verdicts = judge(asked, statements).map(({ statement }) =>
      statement === undefined ? 'denied' : 'allowed',
    );
    expect(new Set(verdicts)).toEqual(new Set([verdict]));
  });

  test('the function has no right that was not used, but those that this test cannot make it use', () => {
    const judged = judge(calls, statements).filter(({ caller }) => caller === 'function');
    const used = new Set(judged.map(({ statement }) => statement));
    const unused = statements.get('function')?.filter((_, index) => !used.has(index + 1)) ?? [];
    const actions = unused.flatMap(({ Action }) => [Action].flat());
    expect(actions.filter((action) => !UNSEEN.has(action))).toEqual([]);
  });

  test('no capacity was asked for that AWS, unlike moto, would have refused', () => {
    const asked = it.recorder.calls.filter(
      ({ action }) => action === 'autoscaling:SetDesiredCapacity',
    );
    expect(asked.length).toBeGreaterThan(0);
    for (const { input, group } of asked) {
      expect(Number(input['DesiredCapacity'])).toBeGreaterThanOrEqual(group?.min ?? Infinity);
      expect(Number(input['DesiredCapacity'])).toBeLessThanOrEqual(group?.max ?? -Infinity);
    }
  });

  async function runnerRole(resourceClass: string): Promise<string> {
    const { IamInstanceProfile } = await launchTemplateOf(it.aws, await it.group(resourceClass));
    const { InstanceProfile } = (await it.aws(
      'iam',
      'get-instance-profile',
      '--instance-profile-name',
      IamInstanceProfile.Arn.split('/').at(-1) ?? '',
    )) as { InstanceProfile: { Roles: [{ RoleName: string }] } };
    return InstanceProfile.Roles[0].RoleName;
  }
});

function callerOf({ accessKeyId, resourceClass }: RecordedCall): string {
  return accessKeyId === CALLER.function ? 'function' : `runner of ${resourceClass}`;
}
