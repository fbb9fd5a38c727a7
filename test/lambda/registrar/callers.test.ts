import { afterEach, describe, expect, test } from '@jest/globals';
import { TAG } from '../../../lambda/scaler/contract.ts';
import { errorAnswer } from '../../auto-scaling-answers.ts';
import {
  ACCOUNT,
  arnOf,
  closeStage,
  gitHubCalls,
  INSTANCE,
  ROLE,
  stage,
  type Staged,
  TAGS,
  urlEvent,
} from './stage.ts';

afterEach(closeStage);

describe.each(['register', 'retire'] as const)('to %s', (kind) => {
  test.each<[name: string, userArn: string | undefined]>([
    ['nobody', undefined],
    ['a user', `arn:aws:iam::${ACCOUNT}:user/alice`],
    ['a user called like an instance', `arn:aws:iam::${ACCOUNT}:user/${ROLE}/${INSTANCE}`],
    ['the root of the account', `arn:aws:iam::${ACCOUNT}:root`],
    ['a federated user', `arn:aws:sts::${ACCOUNT}:federated-user/${INSTANCE}`],
    ['a session of a person', arnOf(ROLE, 'alice@example.com')],
    ['a session with a slash', arnOf(ROLE, `x/${INSTANCE}`)],
    ['a session with a slash behind', arnOf(ROLE, `${INSTANCE}/x`)],
    ['a role with a path', arnOf(`a/${ROLE}`, INSTANCE)],
    ['a line end behind', arnOf(ROLE, `${INSTANCE}\n`)],
    ['an instance of capitals', arnOf(ROLE, INSTANCE.toUpperCase())],
    ['another account', arnOf(ROLE, INSTANCE, '210987654321')],
    ['a role of IAM itself', `arn:aws:iam::${ACCOUNT}:role/${ROLE}`],
    ['nothing of an ARN', ''],
  ])('is refused to %s without a call', async (_name, userArn) => {
    const { ask, aws, github, lines } = await stage();
    const event = urlEvent(`/${kind}`, { architecture: 'x64' }, userArn ?? '');
    if (userArn === undefined) event['requestContext'] = { http: { method: 'POST' } };
    expect(await ask(event)).toMatchObject({ status: 403 });
    expect([...aws.received, ...github.received]).toEqual([]);
    expect(lines).toEqual([expect.objectContaining({ message: 'refused', status: 403 })]);
  });

  const OTHER_ROLE = arnOf('ci-linux-Role', INSTANCE);

  test.each<[name: string, options: Staged, words: string, userArn?: string]>([
    ['an instance of no group', { instance: null }, 'is in no Auto Scaling group'],
    ['the role of another fleet', {}, `the role ci-linux-Role is not the one of`, OTHER_ROLE],
    [
      'another instance than was asked for',
      { instance: { id: 'i-00000000000000001' } },
      'is in no Auto Scaling group',
    ],
    ['a group without a role', { tags: without(TAG.role) }, `the role ${ROLE} is not the one of`],
    ['a group of nobody', { tags: {} }, 'is no group of ci'],
    ['a group of another scaler', { tags: { ...TAGS, [TAG.name]: 'other' } }, 'is no group of ci'],
    ['a group of CircleCI', { tags: { ...TAGS, [TAG.source]: 'circleci' } }, 'is no group of ci'],
  ])('is refused to %s', async (_name, options, words, userArn = arnOf(ROLE, INSTANCE)) => {
    const { ask, github, lines } = await stage(options);
    const event = urlEvent(`/${kind}`, { architecture: 'x64' }, userArn);
    expect(await ask(event)).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining(words) },
    });
    expect(github.received).toEqual([]);
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'refused',
        asked: kind,
        instance: INSTANCE,
        reason: expect.stringContaining(words),
      }),
    ]);
  });

  test('is refused where the group does not say what its runners are', async () => {
    const { ask } = await stage({ tags: { ...TAGS, [TAG.demand]: '{}' } });
    expect(await ask(urlEvent(`/${kind}`, { architecture: 'x64' }))).toMatchObject({ status: 422 });
  });

  test.each<[name: string, code: string, status: number, after: string]>([
    ['throttles', 'Throttling', 429, '12'],
    ['refuses', 'AccessDenied', 503, '7'],
    ['fails', 'InternalFailure', 503, '7'],
  ])('is for later while AWS %s', async (_name, code, status, after) => {
    const { ask, github } = await stage({ aws: () => errorAnswer(400, code) });
    expect(await ask(urlEvent(`/${kind}`, { architecture: 'x64' }))).toMatchObject({
      status,
      headers: { 'retry-after': after },
    });
    expect(github.received).toEqual([]);
  });

  test('is for instances of every partition', async () => {
    const { ask } = await stage();
    const userArn = arnOf(ROLE, INSTANCE).replace('aws', 'aws-us-gov');
    expect(await ask(urlEvent(`/${kind}`, { architecture: 'x64' }, userArn))).toMatchObject({
      status: 200,
    });
  });
});

describe('a machine', () => {
  test.each([
    'InService',
    'Terminating',
    'Terminating:Wait',
    'Terminating:Proceed',
    'EnteringStandby',
    'Standby',
    'Detaching',
    'Warmed:Stopped',
    'Quarantined',
  ])('that is %s is given no runner', async (state) => {
    const { register, github } = await stage({ instance: { state } });
    expect(await register()).toMatchObject({
      status: 409,
      body: { message: `${INSTANCE} is ${state}, and a runner is only for one that boots` },
    });
    expect(github.received).toEqual([]);
  });

  test('cannot speak for another by what it says itself', async () => {
    const { ask, github } = await stage();
    const other = { architecture: 'x64', instanceId: 'i-00000000000000001', name: 'x', role: 'y' };
    expect(await ask(urlEvent('/register', other))).toMatchObject({
      status: 200,
      body: { name: `ci-gpu-${INSTANCE}` },
    });
    expect(JSON.stringify(github.received)).not.toContain('i-00000000000000001');
  });

  test.each<[name: string, event: Record<string, unknown>, status: number]>([
    ['another path', urlEvent('/', {}), 404],
    ['a path below', urlEvent('/register/x', {}), 404],
    ['no body', { ...urlEvent('/register', {}), body: undefined }, 400],
    ['no JSON', urlEvent('/register', 'architecture=x64'), 400],
    ['a list', urlEvent('/register', []), 400],
    ['no architecture', urlEvent('/register', {}), 400],
    ['an architecture of Intel', urlEvent('/register', { architecture: 'x86_64' }), 400],
    ['a number for one', urlEvent('/register', { architecture: 64 }), 400],
    [
      'a body without end',
      urlEvent('/register', { architecture: 'x64', a: 'a'.repeat(5_000) }),
      400,
    ],
  ])('with %s is told what is wrong', async (_name, event, status) => {
    const { ask, aws } = await stage();
    const { status: given, body } = await ask(event);
    expect(given).toBe(status);
    expect(body['message']).toEqual(expect.any(String));
    expect(aws.received).toEqual([]);
  });

  test.each([undefined, null, 'text', [], { requestContext: 'x' }])(
    'is none by an event such as %j',
    async (event) => {
      const { ask } = await stage();
      expect(await ask(event)).toMatchObject({ status: 403 });
    },
  );

  test('whose tags have changed is known by them within a minute', async () => {
    let tags: Record<string, string> = { ...TAGS, [TAG.role]: 'other' };
    const options = {
      get tags() {
        return tags;
      },
    };
    const { register, clock, github } = await stage(options);
    expect(await register()).toMatchObject({ status: 403 });
    tags = TAGS;
    clock.advance(30_000);
    expect(await register()).toMatchObject({ status: 200 });
    expect(gitHubCalls(github)).not.toEqual([]);
  });
});

function without(tag: string): Record<string, string> {
  return Object.fromEntries(Object.entries(TAGS).filter(([key]) => key !== tag));
}
