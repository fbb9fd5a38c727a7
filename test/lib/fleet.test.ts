import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { TAG, TOKEN_PLACEHOLDER } from '../../lambda/scaler/contract.ts';
import { templateOf } from '../../lib/template.ts';
import { configOf, only, outputsOf, statementsOf, userDataOf } from './stack-fixture.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:linux-token-a1B2c3';
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

describe('launch template of a fleet', () => {
  const template = templateOf(configOf());

  test('requires IMDSv2 and keeps containers from it', () => {
    expect(launchDataOf(template)).toMatchObject({
      MetadataOptions: {
        HttpEndpoint: 'enabled',
        HttpTokens: 'required',
        HttpPutResponseHopLimit: 1,
      },
    });
  });

  test('has one encrypted gp3 volume of the size asked for, which goes with the machine', () => {
    expect(
      launchDataOf(
        templateOf(
          configOf({ rootVolumeGiB: 100, rootVolumeIops: 6000, rootVolumeThroughputMiBps: 500 }),
        ),
      ),
    ).toMatchObject({
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/sda1',
          Ebs: {
            DeleteOnTermination: true,
            Encrypted: true,
            VolumeSize: 100,
            VolumeType: 'gp3',
            Iops: 6000,
            Throughput: 500,
          },
        },
      ],
    });
  });

  test('ends a machine that powers off', () => {
    expect(launchDataOf(template)).toMatchObject({
      InstanceInitiatedShutdownBehavior: 'terminate',
    });
  });

  test.each([
    [
      'ubuntu-24.04',
      'x86_64',
      '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
    ],
    [
      'ubuntu-24.04',
      'arm64',
      '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id',
    ],
    [
      'amazon-linux-2023',
      'x86_64',
      '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
    ],
    [
      'amazon-linux-2023',
      'arm64',
      '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    ],
  ] as const)('boots the newest %s for %s at each launch', (image, architecture, parameter) => {
    expect(launchDataOf(templateOf(configOf({ image, architecture })))).toMatchObject({
      ImageId: `resolve:ssm:${parameter}`,
    });
  });

  test('boots an image of the user', () => {
    const image = { platform: 'ubuntu-24.04', amiId: 'ami-0123456789abcdef0' } as const;
    expect(launchDataOf(templateOf(configOf({ image })))).toMatchObject({
      ImageId: 'ami-0123456789abcdef0',
    });
  });

  test('has no key pair and pays for no detailed monitoring', () => {
    expect(launchDataOf(template)).toMatchObject({ Monitoring: { Enabled: false } });
    expect(launchDataOf(template)).not.toHaveProperty('KeyName');
  });

  test('names machines and volumes after the group', () => {
    const named = { Tags: expect.arrayContaining([{ Key: 'Name', Value: 'ci.acme.linux' }]) };
    expect(launchDataOf(template)).toMatchObject({
      TagSpecifications: [
        { ResourceType: 'instance', ...named },
        { ResourceType: 'volume', ...named },
      ],
    });
  });
});

describe('user data of a fleet', () => {
  test('names the group and the hook, and holds the limits of the config', () => {
    const script = userDataOf(
      templateOf(configOf({ idleTimeoutMinutes: 3, maxRunTimeMinutes: 60, bootTimeoutMinutes: 4 })),
    );
    expect(script).toMatch(/^#!/);
    expect(script).toContain("'ci.acme.linux'");
    expect(script).toContain("'runner-ready'");
    expect(script).toContain("'180'");
    expect(script).toContain("'3600'");
    expect(script).toContain("'240'");
  });

  test('holds the boot script of the user', () => {
    expect(
      userDataOf(templateOf(configOf({ bootScript: 'apt-get install -y docker.io' }))),
    ).toContain('apt-get install -y docker.io');
  });

  test('names the source of the events of its class, and whether the end of a task is reported', () => {
    const script = userDataOf(templateOf(configOf()));
    expect(script).toContain("\nEVENT_SOURCE='runner-scaler.ci/acme/linux'\n");
    expect(script).toContain(
      "\nTASK_ENDED_TYPE='Runner Task Ended'\nRUNNER_ENDED_TYPE='Runner Ended'\n",
    );
    expect(script).toContain("\nTELL_TASK_END='true'\n");
    const asleep = userDataOf(templateOf(configOf({}, { wakeUps: false })));
    expect(asleep).toContain("\nEVENT_SOURCE='runner-scaler.ci/acme/linux'\n");
    expect(asleep).toContain("\nTELL_TASK_END='false'\n");
  });

  test('says how long a machine waits for its job, and whether AWS may take it back', () => {
    const script = userDataOf(templateOf(configOf()));
    expect(script).toContain("\nDRAIN_TIMEOUT='120'\nWATCH_INTERRUPTION='false'\n");
    const spot = configOf({ purchase: 'spot', drainTimeoutMinutes: 60 });
    expect(userDataOf(templateOf(spot))).toContain(
      "\nDRAIN_TIMEOUT='3600'\nWATCH_INTERRUPTION='true'\n",
    );
  });

  test('names the log group of machines only where their logs are kept', () => {
    expect(userDataOf(templateOf(configOf()))).toContain("\nLOG_GROUP=''\n");
    expect(userDataOf(templateOf(configOf({ machineLogs: true })))).toContain(
      "\nLOG_GROUP='/runner-scaler/ci/machines'\n",
    );
  });

  test('holds no value of a secret, only where to read it', () => {
    // A dynamic reference would put the value into the launch template, for everyone to read.
    expect(JSON.stringify(templateOf(configOf()).toJSON())).not.toContain('{{resolve:');
  });
});

describe('Auto Scaling group of a fleet', () => {
  const template = templateOf(configOf({ max: 7, min: 1, headroom: 2, bootTimeoutMinutes: 15 }));

  test('has the bounds of the config', () => {
    expect(groupOf(template)).toMatchObject({ MinSize: '1', MaxSize: '7' });
  });

  test('leaves the desired capacity to the scaler and the machines', () => {
    expect(groupOf(template)).not.toHaveProperty('DesiredCapacity');
  });

  test('protects new machines from scale-in', () => {
    expect(groupOf(template)).toMatchObject({ NewInstancesProtectedFromScaleIn: true });
  });

  test('ends a machine whose boot does not end in time', () => {
    expect(groupOf(template)).toMatchObject({
      LifecycleHookSpecificationList: [
        {
          LifecycleHookName: 'runner-ready',
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
          DefaultResult: 'ABANDON',
          HeartbeatTimeout: 900,
        },
      ],
    });
  });

  test('has the tags by which the scaler finds and reads it', () => {
    expect(groupOf(template)).toMatchObject({
      Tags: expect.arrayContaining([
        { Key: TAG.headroom, Value: '2', PropagateAtLaunch: true },
        { Key: TAG.name, Value: 'ci', PropagateAtLaunch: true },
        { Key: TAG.resourceClass, Value: 'acme/linux', PropagateAtLaunch: true },
        { Key: TAG.source, Value: 'circleci', PropagateAtLaunch: true },
      ]),
    });
  });

  test('publishes all its metrics', () => {
    // A collection that lists no metrics stands for all of them.
    expect(groupOf(template)).toHaveProperty('MetricsCollection', [{ Granularity: '1Minute' }]);
  });

  test('does not replace machines that run when it is deployed again', () => {
    // No rolling or replacing update; and sizes that an operator changed by hand stay.
    expect(only(template, 'AWS::AutoScaling::AutoScalingGroup').UpdatePolicy).toEqual({
      AutoScalingScheduledAction: { IgnoreUnmodifiedGroupSizeProperties: true },
    });
  });

  test('starts no machine before its rights and its way out exist', () => {
    const before = only(template, 'AWS::AutoScaling::AutoScalingGroup').DependsOn ?? [];
    expect(before).toContainEqual(expect.stringMatching(/^FleetacmelinuxRolePolicy/));
    expect(before).toContainEqual(expect.stringMatching(/DefaultRoute/));
  });

  test('of one on-demand type needs no mixed policy', () => {
    expect(groupOf(template)).toMatchObject({
      LaunchTemplate: {
        Version: {
          'Fn::GetAtt': [expect.stringContaining('LaunchTemplate'), 'LatestVersionNumber'],
        },
      },
    });
    expect(groupOf(template)).not.toHaveProperty('MixedInstancesPolicy');
  });

  test('of several on-demand types takes them in their order', () => {
    expect(
      groupOf(templateOf(configOf({ instanceTypes: ['m7i.large', 'm6i.large'] }))),
    ).toMatchObject({
      MixedInstancesPolicy: {
        LaunchTemplate: {
          Overrides: [{ InstanceType: 'm7i.large' }, { InstanceType: 'm6i.large' }],
        },
        InstancesDistribution: {
          OnDemandAllocationStrategy: 'prioritized',
          OnDemandPercentageAboveBaseCapacity: 100,
        },
      },
    });
  });

  test('of spot machines keeps its on-demand base and leaves jobs their last two minutes', () => {
    expect(groupOf(templateOf(configOf({ purchase: 'spot', onDemandBase: 2 })))).toMatchObject({
      CapacityRebalance: false,
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandBaseCapacity: 2,
          OnDemandPercentageAboveBaseCapacity: 0,
          SpotAllocationStrategy: 'price-capacity-optimized',
        },
      },
    });
  });
});

describe('role of a fleet', () => {
  const ownGroup = {
    Action: [
      'autoscaling:CompleteLifecycleAction',
      'autoscaling:DetachInstances',
      'autoscaling:SetInstanceProtection',
      'autoscaling:TerminateInstanceInAutoScalingGroup',
    ],
    Effect: 'Allow',
    Resource: {
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':autoscaling:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          ':autoScalingGroup:*:autoScalingGroupName/ci.acme.linux',
        ],
      ],
    },
  };
  const ownEvents = {
    Action: 'events:PutEvents',
    Condition: {
      'ForAllValues:StringEquals': {
        'events:source': ['runner-scaler.ci/acme/linux'],
        'events:detail-type': ['Runner Ended', 'Runner Task Ended'],
      },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    },
    Effect: 'Allow',
    Resource: {
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':events:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          ':event-bus/default',
        ],
      ],
    },
  };
  const sessionManager = {
    Action: [
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    Effect: 'Allow',
    Resource: '*',
  };

  test('may read its own token, ready, release, detach or end machines of its own group, report for its own class, be reached, and nothing else', () => {
    expect(statementsOf(templateOf(configOf()), 'FleetacmelinuxRole')).toEqual([
      {
        Action: 'secretsmanager:GetSecretValue',
        Effect: 'Allow',
        Resource: { Ref: expect.stringMatching(/^FleetacmelinuxTokenSecret/) },
      },
      ownGroup,
      ownEvents,
      sessionManager,
    ]);
  });

  test('may say how a machine ended also where nobody is woken by the end of a task', () => {
    const template = templateOf(configOf({}, { wakeUps: false }));
    expect(statementsOf(template, 'FleetacmelinuxRole').slice(1)).toEqual([
      ownGroup,
      ownEvents,
      sessionManager,
    ]);
  });

  test('may write to the streams of machines, where their logs are kept', () => {
    const template = templateOf(configOf({ machineLogs: true }));
    expect(statementsOf(template, 'FleetacmelinuxRole').slice(1)).toEqual([
      ownGroup,
      ownEvents,
      {
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Effect: 'Allow',
        Resource: {
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':logs:',
              { Ref: 'AWS::Region' },
              ':',
              { Ref: 'AWS::AccountId' },
              ':log-group:/runner-scaler/ci/machines:log-stream:i-*',
            ],
          ],
        },
      },
      sessionManager,
    ]);
  });

  test('may decrypt with the key of an existing secret, when one is named', () => {
    const config = configOf({ existingTokenSecretArn: SECRET, tokenKmsKeyArn: KEY });
    expect(statementsOf(templateOf(config), 'FleetacmelinuxRole')).toEqual([
      { Action: 'secretsmanager:GetSecretValue', Effect: 'Allow', Resource: SECRET },
      {
        Action: 'kms:Decrypt',
        Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': SECRET } },
        Effect: 'Allow',
        Resource: KEY,
      },
      ownGroup,
      ownEvents,
      sessionManager,
    ]);
  });

  test('has no managed policy: that of Session Manager would let it read every parameter', () => {
    const role = only(templateOf(configOf()), 'AWS::IAM::Role', 'Fleetacmelinux');
    expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(role.Properties).not.toHaveProperty('Policies');
  });
});

describe('runner token of a fleet', () => {
  test('is a secret that holds the bare placeholder until the user fills it', () => {
    const secret = only(templateOf(configOf()), 'AWS::SecretsManager::Secret', 'Fleet');
    expect(secret.Properties).toMatchObject({
      Description: 'runner token of resource class acme/linux',
      SecretString: TOKEN_PLACEHOLDER,
    });
  });

  test('is found by the name of the role, which a machine learns when it boots', () => {
    const template = templateOf(configOf());
    const { Name } = only(template, 'AWS::SecretsManager::Secret', 'Fleet').Properties;
    const [prefix, role] = (Name as { readonly 'Fn::Join': [string, [string, { Ref: string }]] })[
      'Fn::Join'
    ][1];
    expect(template.findResources('AWS::IAM::Role')).toHaveProperty(role.Ref);
    expect(only(template, 'AWS::IAM::InstanceProfile').Properties).toEqual({ Roles: [role] });
    const script = userDataOf(template);
    expect(script).toContain(`\nTOKEN_SECRET=''\nTOKEN_SECRET_PREFIX='${prefix}'\n`);
  });

  test('comes with the command that fills it', () => {
    expect(outputsOf(templateOf(configOf()), 'FleetacmelinuxTokenFill')).toHaveLength(1);
  });

  test('is not made when the user has one', () => {
    const template = templateOf(configOf({ existingTokenSecretArn: SECRET }));
    // The one that is left holds the API token.
    expect(Object.keys(template.findResources('AWS::SecretsManager::Secret'))).toHaveLength(1);
    expect(outputsOf(template, 'Fleet')).toEqual([]);
    expect(userDataOf(template)).toContain(`\nTOKEN_SECRET='${SECRET}'\n`);
  });
});

function launchDataOf(template: Template): unknown {
  return only(template, 'AWS::EC2::LaunchTemplate').Properties['LaunchTemplateData'];
}

function groupOf(template: Template): unknown {
  return only(template, 'AWS::AutoScaling::AutoScalingGroup').Properties;
}
