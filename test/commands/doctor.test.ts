/** Set-ups that are broken in one way each: what the doctor finds, and what it says to do. */
import { AutoScalingClient, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, test } from '@jest/globals';
import { deployedSettings, deploymentOf } from '../../commands/aws/deployment.ts';
import { examine, once } from '../../commands/doctor/doctor.ts';
import { CHECKS, type Finding } from '../../commands/doctor/finding.ts';
import { dryPass } from '../../commands/reconcile.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import { ARM, LINUX, type LocalStage, localStage, typedLocally } from './local-stage.ts';

const WRITTEN: ScalerConfig = {
  name: 'ci',
  resourceClasses: [
    { resourceClass: LINUX, max: 4, instanceTypes: ['m7i.large'] },
    { resourceClass: ARM, max: 10, architecture: 'arm64', instanceTypes: ['m7g.large'] },
  ],
  network: { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] },
};
const CONFIG = resolveConfig(WRITTEN);

let it: LocalStage;

afterEach(async () => it.close());

/** A set-up in which all is well, and a pass was made. */
async function healthy(): Promise<void> {
  it = await localStage({ config: CONFIG });
  for (const { physicalId, type } of it.installation.stack?.resources ?? []) {
    if (type !== 'AWS::SecretsManager::Secret') continue;
    if (physicalId !== it.installation.names.apiToken) {
      it.installation.secrets.set(physicalId, 'a-runner-token');
    }
  }
  await it.at(30);
}

async function examined(config = CONFIG): Promise<readonly Finding[]> {
  const { here, groups, now } = it;
  const deployment = once(async () => deploymentOf(here, config.name));
  const settings = once(async () => deployedSettings(here, await deployment()));
  const told: Finding[] = [];
  const found = await examine(
    {
      config,
      account: here,
      log: it.functionLog,
      deployment,
      settings,
      groups: once(async () => groups.list()),
      pass: once(async () => dryPass({ settings: await settings(), client: here.client })),
      now,
      typed: '',
    },
    (finding) => told.push(finding),
  );
  expect(told).toEqual(found);
  return found;
}

test('of a healthy set-up every check is made, in order, and is well', async () => {
  await healthy();
  const found = await examined();
  expect(found.map(({ check, verdict }) => [check, verdict])).toEqual(
    CHECKS.slice(2).map((check) => [check, 'ok']),
  );
});

interface Broken {
  readonly what: string;
  readonly break: () => unknown;
  readonly check: Finding['check'];
  readonly said: RegExp;
  readonly remedy: RegExp;
}

const SUBNET = 'subnet-0123456789abcdef0';

const BROKEN: readonly Broken[] = [
  {
    what: 'the CDK was never bootstrapped',
    break: () => it.installation.parameters.delete('/cdk-bootstrap/hnb659fds/version'),
    check: 'bootstrap',
    said: /^the CDK is not bootstrapped in the test/,
    remedy: /^npx cdk bootstrap aws:\/\/123456789012\/us-east-1$/,
  },
  {
    what: 'nothing is deployed',
    break: () => (it.installation.stack = undefined),
    check: 'stack',
    said: /^the stack is not deployed here$/,
    remedy: /^npx cdk deploy/,
  },
  {
    what: 'the deployment failed',
    break() {
      const { stack } = it.installation;
      if (stack !== undefined) it.installation.stack = { ...stack, status: 'ROLLBACK_COMPLETE' };
    },
    check: 'stack',
    said: /^the stack ci is in ROLLBACK_COMPLETE$/,
    remedy: /events in CloudFormation/,
  },
  {
    what: 'the maximum was changed in the config, or by hand, and not deployed',
    break: () => it.world.setBounds(it.group()?.group ?? '', 0, 0),
    check: 'stack',
    said: /not the config: acme\/linux has a minimum of 0 and a maximum of 0, the config 0 and 4$/,
    remedy: /^npx cdk deploy$/,
  },
  {
    what: 'the API token was never filled in',
    break: () =>
      it.installation.secrets.set(it.installation.names.apiToken, 'replace-with-the-token'),
    check: 'secrets',
    said: /^the secret of the API token of CircleCI holds the placeholder$/,
    remedy: /^npx runner-scaler secret set --source circleci$/,
  },
  {
    what: "a runner token was stored as the console's JSON",
    break() {
      const [, , , token] = it.installation.stack?.resources ?? [];
      it.installation.secrets.set(token?.physicalId ?? '', '{"token":"secret-secret"}');
    },
    check: 'secrets',
    said: /^the secret of the runner token of acme\/linux holds no bare token \(it has JSON\)$/,
    remedy: /^npx runner-scaler secret set acme\/linux$/,
  },
  {
    what: 'the API token is wrong',
    break: () => it.installation.secrets.set(it.installation.names.apiToken, 'another-token'),
    check: 'credential accepted',
    said: /^the CI system refuses the credential \(/,
    remedy: /^make a new one, and npx runner-scaler secret set$/,
  },
  {
    what: 'a group asks for a class that the CI system does not know',
    break: () => it.world.setTag(it.group()?.group ?? '', TAG.resourceClass, 'acme/unknown'),
    check: 'classes',
    said: /^acme\/unknown cannot be read: /,
    remedy: /^make the class in the CI system/,
  },
  {
    what: 'a group made by hand has a tag that nobody understands',
    break: () => it.world.setTag(it.group()?.group ?? '', TAG.headroom, 'many'),
    check: 'classes',
    said: /^a group cannot be served: .*runner-scaler:headroom is "many"/,
    remedy: /^correct the group/,
  },
  {
    what: 'the account is new, and may run five vCPUs',
    break: () => it.installation.quotas.set('L-1216C47A', 5),
    check: 'vCPU quota',
    said: /^the maxima of acme\/linux, acme\/arm need 28 vCPUs, and the account may run 5 \(quota L-1216C47A\)$/,
    remedy: /request-service-quota-increase .* --desired-value 28, or lower max$/,
  },
  {
    what: 'somebody disabled the schedule',
    break: () => it.installation.schedules.set(it.installation.names.schedule, 'DISABLED'),
    check: 'schedule',
    said: /^the schedule ci-ScalerSchedule is DISABLED/,
    remedy: /npx runner-scaler pause$/,
  },
  {
    what: 'the function has not run for long',
    break: () => it.log.splice(0),
    check: 'last pass',
    said: /^the log has no pass of the last 12 min$/,
    remedy: /^aws logs tail \/runner-scaler\/ci --since 1h/,
  },
  {
    what: 'the image is of another Region',
    break() {
      for (const name of it.installation.parameters.keys()) {
        if (!name.startsWith('/cdk-bootstrap/')) it.installation.parameters.delete(name);
      }
    },
    check: 'images',
    said: /^there is no parameter \/aws\/service\/.* in us-east-1 for acme\/linux/,
    remedy: /^name another image/,
  },
  {
    what: 'an instance type is not offered in the Region',
    break: () => it.installation.ec2.types.set('m7g.large', { vcpus: 2, zones: [] }),
    check: 'instance types',
    said: /^m7g\.large of acme\/arm is offered nowhere in us-east-1/,
    remedy: /^name another type/,
  },
  {
    what: 'the subnets are private, without a NAT gateway and without endpoints',
    break: () => changeSubnet({ defaultRoute: undefined }),
    check: 'network',
    said: /no default route, and the VPC no endpoint for com\.amazonaws\.us-east-1\.autoscaling/,
    remedy: /^route them through a NAT gateway/,
  },
  {
    what: 'the subnets are public, and give no addresses',
    break: () => changeSubnet({ defaultRoute: 'igw-1' }),
    check: 'network',
    said: /leads to an internet gateway, and gives its machines no public address$/,
    remedy: /^let the subnet give public IPv4/,
  },
];

function changeSubnet(change: { readonly defaultRoute: string | undefined }): void {
  const { subnets } = it.installation.ec2;
  const subnet = subnets.get(SUBNET);
  if (subnet !== undefined) subnets.set(SUBNET, { ...subnet, ...change });
}

describe('the doctor finds that', () => {
  test.each(BROKEN.map((broken) => [broken.what, broken] as const))('%s', async (_what, broken) => {
    await healthy();
    broken.break();
    const wrong = (await examined()).filter(({ verdict }) => verdict === 'problem');
    expect(wrong).toContainEqual({
      check: broken.check,
      verdict: 'problem',
      said: expect.stringMatching(broken.said),
      remedy: expect.stringMatching(broken.remedy),
    });
  });
});

describe('the doctor', () => {
  test('does not take for well what it may not see, and goes on', async () => {
    await healthy();
    it.refuse('GetServiceQuota', 'AccessDeniedException');
    const found = await examined();
    expect(found.find(({ check }) => check === 'vCPU quota')).toEqual({
      check: 'vCPU quota',
      verdict: 'unknown',
      said: expect.stringMatching(/may not do servicequotas:GetServiceQuota: the permission is/),
    });
    expect(found.at(-1)).toMatchObject({ check: 'network', verdict: 'ok' });
  });

  test('does not take classes for known that a refused credential cannot read', async () => {
    await healthy();
    it.installation.secrets.set(it.installation.names.apiToken, 'another-token');
    const classes = (await examined()).filter(({ check }) => check === 'classes');
    expect(classes).toEqual(
      [ARM, LINUX].map((name) => ({
        check: 'classes',
        verdict: 'unknown',
        said: `${name} cannot be read before the credential is accepted`,
      })),
    );
  });

  test('takes a proxy for the way out of subnets that have no other', async () => {
    await healthy();
    changeSubnet({ defaultRoute: undefined });
    const config = resolveConfig({ ...WRITTEN, proxy: { url: 'http://proxy.example.com:3128' } });
    expect((await examined(config)).at(-1)).toMatchObject({ check: 'network', verdict: 'ok' });
  });

  test('changes nothing', async () => {
    await healthy();
    const { group: name = '' } = it.group() ?? {};
    await new AutoScalingClient(it.here.client).send(
      new SuspendProcessesCommand({ AutoScalingGroupName: name, ScalingProcesses: ['Launch'] }),
    );
    const before = JSON.stringify([it.world.groups(), [...it.installation.secrets]]);
    await examined();
    expect(JSON.stringify([it.world.groups(), [...it.installation.secrets]])).toBe(before);
  });

  test('shows no secret', async () => {
    await healthy();
    it.installation.secrets.set(it.installation.names.apiToken, 'token with spaces');
    expect(JSON.stringify(await examined())).not.toContain('token with spaces');
  });
});

describe('the command itself', () => {
  test('says what is wrong, and says so with its exit code, as JSON too', async () => {
    await healthy();
    const told = await typedLocally(it.url, ['doctor']);
    expect(told.code).toBe(1);
    // The clock of the command is that of this machine, and the log is of another day.
    expect(told.stdout).toMatch(/^ok +config .*\nok +credentials .*\nok +bootstrap /);
    expect(told.stdout).toMatch(/WRONG +last pass +the log has no pass .*\n +do: aws logs tail/);
    const json = await typedLocally(it.url, ['doctor', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      account: '123456789012',
      findings: expect.arrayContaining([expect.objectContaining({ check: 'last pass' })]),
    });
  });

  test('stops at an account that does not answer', async () => {
    await healthy();
    await it.close();
    const { code, stdout } = await typedLocally(it.url, ['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/WRONG +credentials +nobody answers for sts .*\n +do: aws sts/);
    expect(stdout).not.toContain('bootstrap');
  });
});
