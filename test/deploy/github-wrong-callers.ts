/** Everybody who is not a machine of ours that boots, at the registrar's URL. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TAG } from '../../lambda/scaler/contract.ts';
import { isAllowed, type PolicyStatement } from '../../permissions/evaluate.ts';
import type { UrlCaller } from './function-url.ts';
import { admitted, ask, sessionArn } from './github-callers.ts';
import { FUNCTIONS, type GitHubDeployment, NAME } from './github-deployment.ts';
import { ACCOUNT } from './moto.ts';

export interface WrongCallerTests {
  readonly deployment: () => GitHubDeployment;
  /** A machine of the fleet `small`. */
  readonly machine: () => UrlCaller;
  /** What the role of a function or of a fleet's machines allows. */
  readonly of: (caller: string) => readonly PolicyStatement[];
  /** The requests to GitHub that something leads to. */
  readonly asking: <T>(act: () => Promise<T>) => Promise<{ result: T; asked: readonly string[] }>;
}

export function wrongCallerTests({ deployment, machine, of, asking }: WrongCallerTests): void {
  /** Somebody who may call, as an administrator may. */
  const ALL: readonly PolicyStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
  const path = 'register';
  const body = { architecture: 'x64' };
  const instanceId = () => machine().arn.split('/').at(-1) ?? '';

  beforeAll(() => void deployment().recorder.booting.add(instanceId()));
  afterAll(() => void deployment().recorder.booting.delete(instanceId()));

  /** None of them may cost a request to GitHub. */
  async function refused(caller: UrlCaller | undefined, more: object = {}) {
    const reached = deployment().urls.Registrar.events.length;
    const { result, asked } = await asking(async () =>
      ask(deployment().urls.Registrar, caller, { path, body, ...more }),
    );
    expect(asked).toEqual([]);
    const { message, Message } = result.body;
    const by = deployment().urls.Registrar.events.length > reached ? 'function' : 'URL';
    return { status: result.status, by, why: message ?? Message };
  }

  test('is refused by the URL: unsigned, with a wrong key, or with a role that may not call', async () => {
    const forbidden = { status: 403, by: 'URL', why: 'Forbidden' };
    const scaler = sessionArn(deployment().deployed.Scaler.role, 'scaler');
    expect(await refused(undefined)).toEqual(forbidden);
    expect(await refused({ ...machine(), secretAccessKey: 'guessed' })).toEqual(forbidden);
    expect(await refused({ ...machine(), sessionToken: 'guessed' })).toEqual(forbidden);
    for (const name of FUNCTIONS) {
      const caller = { arn: scaler, statements: of(name) };
      expect(await refused(admitted(deployment().urls.Registrar, caller))).toEqual(forbidden);
    }
  });

  test.each<[who: string, arn: () => Promise<string> | string, why: RegExp]>([
    ['a user', () => `arn:aws:iam::${ACCOUNT}:user/admin`, /no instance/],
    ['the root of the account', () => `arn:aws:iam::${ACCOUNT}:root`, /no instance/],
    [
      "a person in the machines' role",
      async () => sessionArn(await deployment().machineRole('small'), 'jane@example.com'),
      /no instance/,
    ],
    [
      'an instance of another account',
      async () => sessionArn(await deployment().machineRole('small'), instanceId(), '210987654321'),
      /another account/,
    ],
    [
      'an instance that is in no group',
      async () => sessionArn(await deployment().machineRole('small'), 'i-0123456789abcdef0'),
      /in no Auto Scaling group/,
    ],
    [
      "an instance in another fleet's role",
      async () => sessionArn(await deployment().machineRole('gpu'), instanceId()),
      /is not the one of/,
    ],
    ["an instance in an administrator's role", () => sessionArn('admin', instanceId()), /is not/],
  ])('is refused by the function: %s', async (_who, arn, why) => {
    const caller = admitted(deployment().urls.Registrar, { arn: await arn(), statements: ALL });
    expect(await refused(caller)).toMatchObject({
      status: 403,
      by: 'function',
      why: expect.stringMatching(why),
    });
  });

  test("is refused by the function: of another scaler's group", async () => {
    const { AutoScalingGroupName: group, Tags } = await deployment().group('gpu');
    const name = Tags.find(({ Key }) => Key === TAG.name);
    const tag = async (value: string) => {
      const more = `Key=${TAG.name},Value=${value},PropagateAtLaunch=true`;
      const place = `ResourceId=${group},ResourceType=auto-scaling-group,${more}`;
      await deployment().aws('autoscaling', 'create-or-update-tags', '--tags', place);
    };
    const size = async (value: string) =>
      deployment().aws(
        'autoscaling',
        'set-desired-capacity',
        '--auto-scaling-group-name',
        group,
        '--desired-capacity',
        value,
      );
    await tag('another');
    await size('1');
    const id = (await deployment().group('gpu')).Instances[0]?.InstanceId ?? '';
    deployment().recorder.booting.add(id);
    const arn = sessionArn(await deployment().machineRole('gpu'), id);
    const caller = admitted(deployment().urls.Registrar, { arn, statements: of('gpu') });
    expect(await refused(caller)).toMatchObject({
      status: 403,
      by: 'function',
      why: expect.stringContaining(`no group of ${NAME}`),
    });
    await tag(name?.Value ?? '');
    await size('0');
  });

  test.each<[what: string, more: object, status: number]>([
    ['another path', { path: 'runners' }, 404],
    ['no architecture', { body: {} }, 400],
    ['an unknown one', { body: { architecture: 'mips' } }, 400],
  ])('nor is one of ours served with %s', async (_what, more, status) => {
    expect(await refused(machine(), more)).toMatchObject({ status, by: 'function' });
  });

  test('may not invoke the function without its URL, nor any other function', () => {
    const action = 'lambda:InvokeFunction';
    for (const name of FUNCTIONS) {
      const resource = deployment().deployed[name].arn;
      expect(isAllowed(of('small'), { action, resource, context: {} })).toBe(false);
      const context = { 'lambda:InvokedViaFunctionUrl': 'true' };
      expect(isAllowed(of('small'), { action, resource, context })).toBe(name === 'Registrar');
    }
  });
}
