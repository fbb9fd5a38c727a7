/** The doctor in an account that refuses, throttles, forgets the session, or has nothing. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CHECKS, type Finding } from '../../commands/doctor/finding.ts';
import { type DoctorStage, healthy, WRITTEN } from './doctor-stage.ts';

let it: DoctorStage;

afterEach(async () => it.close());

/** Every call that is made for a set-up in which all is well, and the checks that cannot do without it. */
const PERMISSIONS: Readonly<Record<string, readonly Finding['check'][]>> = {
  'ssm:GetParameter': ['bootstrap', 'images'],
  'cloudformation:DescribeStacks': [
    'stack',
    'secrets',
    'credential accepted',
    'classes',
    'schedule',
  ],
  'cloudformation:ListStackResources': [
    'stack',
    'secrets',
    'credential accepted',
    'classes',
    'schedule',
  ],
  'cloudformation:GetTemplate': ['stack'],
  'autoscaling:DescribeAutoScalingGroups': [
    'stack',
    'credential accepted',
    'classes',
    'instance types',
  ],
  'lambda:GetFunctionConfiguration': ['stack', 'secrets', 'credential accepted', 'classes'],
  'secretsmanager:GetSecretValue': ['secrets', 'credential accepted', 'classes'],
  'ec2:DescribeInstanceTypes': ['vCPU quota'],
  'ec2:DescribeInstances': ['vCPU quota'],
  'servicequotas:GetServiceQuota': ['vCPU quota'],
  'scheduler:GetSchedule': ['schedule'],
  'logs:FilterLogEvents': ['last pass'],
  'ec2:DescribeInstanceTypeOfferings': ['instance types'],
  'ec2:DescribeSubnets': ['network'],
  'ec2:DescribeRouteTables': ['network'],
  'ec2:DescribeVpcEndpoints': ['network'],
  'ec2:DescribeSecurityGroups': ['network'],
};

const actionIn = (permission: string) => permission.split(':')[1] ?? '';

test('these are the calls that the doctor makes', async () => {
  it = await healthy();
  it.calls.length = 0;
  await it.examined();
  expect([...new Set(it.calls)].sort()).toEqual(Object.keys(PERMISSIONS).map(actionIn).sort());
});

test('docs/commands.md has them all', () => {
  const page = readFileSync('docs/commands.md', 'utf8');
  const rows = page.split('\n').filter((line) => /^\| `(doctor|reconcile|status)` /.test(line));
  const granted = new Set(rows.join(' ').match(/\b[a-z0-9]+:[A-Z]\w+/g));
  const sometimes = ['servicequotas:GetAWSDefaultServiceQuota', 'ec2:DescribeImages'];
  const missing = [...Object.keys(PERMISSIONS), ...sometimes].filter((each) => !granted.has(each));
  expect(missing).toEqual([]);
});

describe('without the permission', () => {
  test.each(Object.entries(PERMISSIONS))('%s', async (permission, dependent) => {
    it = await healthy();
    const action = actionIn(permission);
    it.refuse(action, permission.startsWith('ec2:') ? 'UnauthorizedOperation' : 'AccessDenied');
    const found = await it.examined();
    const verdicts = (check: Finding['check']) =>
      new Set(found.filter((each) => each.check === check).map(({ verdict }) => verdict));
    expect(new Set(found.map((each) => `${each.check} ${each.said}`)).size).toBe(found.length);
    for (const check of CHECKS.slice(2)) {
      const expected = dependent.includes(check) ? 'unknown' : 'ok';
      expect({ check, verdicts: [...verdicts(check)] }).toEqual({ check, verdicts: [expected] });
    }
    const named = new RegExp(`may not do ${permission}\\b.*: the permission is missing`);
    expect(found.some(({ said }) => named.test(said))).toBe(true);
  });

  test('of everything, each check says that it cannot be made', async () => {
    it = await healthy();
    it.refuse('*', 'AccessDenied');
    const found = await it.examined();
    expect(found.filter(({ verdict }) => verdict !== 'unknown')).toEqual([]);
    expect(new Set(found.map(({ check }) => check))).toEqual(new Set(CHECKS.slice(2)));
  });
});

describe('the doctor', () => {
  test.each(Object.keys(PERMISSIONS).map(actionIn))(
    'tries %s again that was throttled',
    async (action) => {
      it = await healthy(WRITTEN, 2);
      it.refuse(action, 'ThrottlingException', 1);
      expect((await it.examined()).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    },
  );

  test('goes on where a call is throttled for good', async () => {
    it = await healthy();
    it.refuse('DescribeSubnets', 'RequestLimitExceeded');
    expect(await it.findings('network')).toEqual([
      expect.objectContaining({
        verdict: 'unknown',
        said: expect.stringMatching(
          /ec2:DescribeSubnets was refused \(RequestLimitExceeded\).*repeat the command$/,
        ),
      }),
    ]);
  });

  test('stops where the session expires in the middle, and says so once', async () => {
    it = await healthy();
    it.refuse('GetSchedule', 'ExpiredTokenException');
    const found = await it.examined();
    expect(found.slice(0, 6).map(({ verdict }) => verdict)).toEqual(Array(6).fill('ok'));
    expect(found.slice(6)).toEqual([
      {
        check: 'schedule',
        verdict: 'unknown',
        said: expect.stringMatching(/^the AWS session has expired .*; log in again, and repeat/),
      },
      ...CHECKS.slice(CHECKS.indexOf('schedule') + 1).map((check) => ({
        check,
        verdict: 'unknown',
        said: 'not looked at: the session has expired',
      })),
    ]);
    expect(it.calls.at(-1)).toBe('GetSchedule');
  });

  test.each(['GetTemplate', 'GetSecretValue', 'DescribeInstances', 'DescribeRouteTables'])(
    'stops so in the part of a check that asks for %s',
    async (action) => {
      it = await healthy();
      it.refuse(action, 'ExpiredTokenException');
      const found = await it.examined();
      expect(found.filter(({ verdict }) => verdict === 'problem')).toEqual([]);
      expect(
        found.filter(({ said }) => said.startsWith('the AWS session has expired')),
      ).toHaveLength(1);
    },
  );

  test('names what is wrong in a Region in which there is nothing, and nothing that follows', async () => {
    it = await healthy();
    it.installation.stack = undefined;
    it.installation.parameters.delete('/cdk-bootstrap/hnb659fds/version');
    it.refuse('FilterLogEvents', 'ResourceNotFoundException');
    const wrong = (await it.examined()).filter(({ verdict }) => verdict === 'problem');
    expect(wrong.map(({ check }) => check)).toEqual(['bootstrap', 'stack']);
  });

  test('names a log group that somebody deleted', async () => {
    it = await healthy();
    it.refuse('FilterLogEvents', 'ResourceNotFoundException');
    expect(await it.findings('last pass')).toEqual([
      expect.objectContaining({
        verdict: 'problem',
        said: expect.stringMatching(
          /^there is no log group \/runner-scaler\/ci: somebody deleted it/,
        ),
        remedy: 'aws logs create-log-group --log-group-name /runner-scaler/ci',
      }),
    ]);
  });

  test('takes the default of a quota that was never changed', async () => {
    it = await healthy();
    it.refuse('GetServiceQuota', 'NoSuchResourceException');
    it.refuse('GetAWSDefaultServiceQuota', 'AccessDenied');
    const [found] = await it.findings('vCPU quota');
    expect(found?.said).toMatch(/may not do servicequotas:GetAWSDefaultServiceQuota/);
  });
});
