/** Set-ups that are broken in one way each: what the doctor finds, and what it says to do. */
import { AutoScalingClient, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CHECKS, type Finding } from '../../commands/doctor/finding.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import { type DoctorStage, healthy, SUBNET, WRITTEN } from './doctor-stage.ts';
import { ARM, LINUX } from './local-stage.ts';

let it: DoctorStage;

afterEach(async () => it.close());

test('of a healthy set-up every check is made, in order, and is well', async () => {
  it = await healthy();
  const found = await it.examined();
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
    said: /^there is no stack ci in the test$/,
    remedy: /^npx cdk deploy/,
  },
  {
    what: 'the deployment failed',
    break() {
      const { stack } = it.installation;
      if (stack !== undefined) it.installation.stack = { ...stack, status: 'ROLLBACK_COMPLETE' };
    },
    check: 'stack',
    said: /^the stack ci is in ROLLBACK_COMPLETE: its first deployment failed$/,
    remedy: /events in CloudFormation/,
  },
  {
    what: 'somebody changed the maximum of a group by hand',
    break: () => it.world.setBounds(it.group()?.group ?? '', 0, 0),
    check: 'stack',
    said: /^acme\/linux: max is 0 in the group, and was deployed as 4: somebody changed it by hand$/,
    remedy: /--auto-scaling-group-name ci\.acme\.linux --max-size 4, or write 0 into the config;/,
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
    said: /^CircleCI refuses the credential: GET .* answered 401 \(.*\): the API token is wrong/,
    remedy: /a new credential goes into npx runner-scaler secret set --source circleci$/,
  },
  {
    what: 'a group asks for a class that the CI system does not know',
    break: () => it.world.setTag(it.group()?.group ?? '', TAG.resourceClass, 'acme/unknown'),
    check: 'classes',
    said: /^acme\/unknown cannot be read: /,
    remedy: /^mend what it says in the CI system; or in the config/,
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
    said: /^the maxima of acme\/linux, acme\/arm need 28 vCPUs on demand, and the account may run 5 \(quota L-1216C47A\)$/,
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
    said: /^from subnet-\w+ the runners cannot reach com\.amazonaws\.us-east-1\.autoscaling, .*: there is no default route$/,
    remedy: /^route them through a NAT gateway/,
  },
  {
    what: 'the subnets are public, and give no addresses',
    break: () => changeSubnet({ defaultRoute: 'igw-1' }),
    check: 'network',
    said: /: the default route leads to igw-1, and the subnet gives no public address$/,
    remedy: /^aws ec2 modify-subnet-attribute --map-public-ip-on-launch --subnet-id subnet-0/,
  },
];

function changeSubnet(change: { readonly defaultRoute: string | undefined }): void {
  const { subnets } = it.installation.ec2;
  const subnet = subnets.get(SUBNET);
  if (subnet !== undefined) subnets.set(SUBNET, { ...subnet, ...change });
}

describe('the doctor finds that', () => {
  test.each(BROKEN.map((broken) => [broken.what, broken] as const))('%s', async (_what, broken) => {
    it = await healthy();
    broken.break();
    const wrong = (await it.examined()).filter(({ verdict }) => verdict === 'problem');
    expect(wrong).toContainEqual({
      check: broken.check,
      verdict: 'problem',
      said: expect.stringMatching(broken.said),
      remedy: expect.stringMatching(broken.remedy),
    });
  });
});

describe('an image', () => {
  const IMAGE = { platform: 'ubuntu-24.04', amiId: 'ami-0123456789abcdef1' } as const;
  const PARAMETER = { platform: 'ubuntu-24.04', ssmParameter: '/acme/runner-image' } as const;
  const config = (image: typeof IMAGE | typeof PARAMETER): ScalerConfig => ({
    ...WRITTEN,
    resourceClasses: [{ resourceClass: LINUX, max: 1, image }],
  });

  test.each([
    [
      'that is not there',
      IMAGE,
      () => it.installation.ec2.images.clear(),
      /^there is no image ami-0123456789abcdef1 in us-east-1 for acme\/linux/,
    ],
    [
      'of another architecture',
      IMAGE,
      () =>
        it.installation.ec2.images.set(IMAGE.amiId, { architecture: 'arm64', state: 'available' }),
      /^the image ami-0123456789abcdef1 of acme\/linux is available, for arm64; needed: available, for x86_64$/,
    ],
    [
      'that a parameter names and is gone',
      PARAMETER,
      () => it.installation.ec2.images.clear(),
      /^there is no image ami-\w+, which the parameter \/acme\/runner-image names, in us-east-1/,
    ],
    [
      'that a parameter does not name',
      PARAMETER,
      () => it.installation.parameters.set('/acme/runner-image', 'ubuntu'),
      /^the parameter \/acme\/runner-image of acme\/linux names no image$/,
    ],
  ])('%s is found', async (_what, image, change, said) => {
    it = await healthy(config(image));
    expect(await it.findings('images')).toEqual([expect.objectContaining({ verdict: 'ok' })]);
    change();
    expect(await it.findings('images')).toEqual([
      expect.objectContaining({ verdict: 'problem', said: expect.stringMatching(said) }),
    ]);
  });

  test('that may not be seen keeps no other from being looked at', async () => {
    it = await healthy({
      ...WRITTEN,
      resourceClasses: [
        { resourceClass: LINUX, max: 1, image: IMAGE },
        { resourceClass: ARM, max: 1, image: PARAMETER, architecture: 'arm64' },
      ],
    });
    it.refuse('DescribeImages', 'UnauthorizedOperation');
    it.installation.parameters.delete('/acme/runner-image');
    expect((await it.findings('images')).map(({ verdict }) => verdict)).toEqual([
      'unknown',
      'problem',
    ]);
  });
});

describe('the doctor', () => {
  test('does not take for well what it may not see, and goes on', async () => {
    it = await healthy();
    it.refuse('GetServiceQuota', 'AccessDeniedException');
    const found = await it.examined();
    expect(found.find(({ check }) => check === 'vCPU quota')).toEqual({
      check: 'vCPU quota',
      verdict: 'unknown',
      said: expect.stringMatching(
        /may not do servicequotas:GetServiceQuota\b.*: the permission is missing/,
      ),
    });
    expect(found.at(-1)).toMatchObject({ check: 'network', verdict: 'ok' });
  });

  test('does not take classes for known that a refused credential cannot read', async () => {
    it = await healthy();
    it.installation.secrets.set(it.installation.names.apiToken, 'another-token');
    const classes = (await it.examined()).filter(({ check }) => check === 'classes');
    expect(classes).toEqual(
      [ARM, LINUX].map((name) => ({
        check: 'classes',
        verdict: 'unknown',
        said: `${name} cannot be read before the credential is accepted`,
      })),
    );
  });

  test('takes a proxy for the way out of subnets that have no other', async () => {
    it = await healthy();
    changeSubnet({ defaultRoute: undefined });
    const config = resolveConfig({ ...WRITTEN, proxy: { url: 'http://proxy.example.com:3128' } });
    expect((await it.examined(config)).at(-1)).toMatchObject({ check: 'network', verdict: 'ok' });
  });

  test('changes nothing', async () => {
    it = await healthy();
    const { group: name = '' } = it.group() ?? {};
    await new AutoScalingClient(it.here.client).send(
      new SuspendProcessesCommand({ AutoScalingGroupName: name, ScalingProcesses: ['Launch'] }),
    );
    const before = JSON.stringify([it.world.groups(), [...it.installation.secrets]]);
    await it.examined();
    expect(JSON.stringify([it.world.groups(), [...it.installation.secrets]])).toBe(before);
  });

  test('shows no secret', async () => {
    it = await healthy();
    it.installation.secrets.set(it.installation.names.apiToken, 'token with spaces');
    expect(JSON.stringify(await it.examined())).not.toContain('token with spaces');
  });
});
