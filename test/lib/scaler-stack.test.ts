import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { type Resources, stackOf, templateOf } from '../../lib/template.ts';
import { configOf, only, outputsOf } from './stack-fixture.ts';

const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
};

describe('stack', () => {
  test('has one group, launch template, role and token per class, and one scaler', () => {
    const resourceClasses = ['acme/a', 'acme/b', 'other/a'].map((resourceClass) => ({
      resourceClass,
      max: 1,
    }));
    const template = templateOf(configOf({}, { resourceClasses }));
    expect(Object.keys(template.findResources('AWS::AutoScaling::AutoScalingGroup'))).toHaveLength(
      3,
    );
    expect(Object.keys(template.findResources('AWS::EC2::LaunchTemplate'))).toHaveLength(3);
    expect(Object.keys(template.findResources('AWS::IAM::InstanceProfile'))).toHaveLength(3);
    expect(Object.keys(template.findResources('AWS::SecretsManager::Secret'))).toHaveLength(4);
    expect(Object.keys(template.findResources('AWS::Lambda::Function'))).toHaveLength(1);
    expect(Object.keys(template.findResources('AWS::Scheduler::Schedule'))).toHaveLength(1);
  });

  test('exposes what monitoring is made of', () => {
    const stack = stackOf(
      configOf(
        {},
        {
          resourceClasses: [
            { resourceClass: 'acme/a', max: 1, machineLogs: true },
            { resourceClass: 'acme/b', max: 1 },
          ],
        },
      ),
    );
    const { Resources } = Template.fromStack(stack).toJSON() as { readonly Resources: Resources };
    const typeOf = (reference: string) => {
      const { Ref } = stack.resolve(reference) as { readonly Ref: string };
      return Resources[Ref]?.Type;
    };
    const { scaler, fleets, machineLog } = stack;
    expect(typeOf(scaler.function.functionName)).toBe('AWS::Lambda::Function');
    expect(typeOf(scaler.log.ref)).toBe('AWS::Logs::LogGroup');
    expect(typeOf(scaler.schedule.scheduleName)).toBe('AWS::Scheduler::Schedule');
    expect(typeOf(scaler.queue.queueUrl)).toBe('AWS::SQS::Queue');
    expect(machineLog?.log.logGroupName).toBe('/runner-scaler/ci/machines');
    expect(
      fleets.map(({ resourceClass, group, launchTemplate, machineLogGroup }) => [
        resourceClass,
        typeOf(group.ref),
        typeOf(launchTemplate.launchTemplateId ?? ''),
        machineLogGroup,
      ]),
    ).toEqual([
      [
        'acme/a',
        'AWS::AutoScaling::AutoScalingGroup',
        'AWS::EC2::LaunchTemplate',
        '/runner-scaler/ci/machines',
      ],
      ['acme/b', 'AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::LaunchTemplate', undefined],
    ]);
    expect(stackOf(configOf()).machineLog).toBeUndefined();
  });

  test('keeps the resources of a class when another one is added before it', () => {
    const one = { resourceClass: 'acme/linux', max: 4 };
    // The dashboard has a row for each class.
    const monitoring = { dashboard: false };
    const alone = templateOf(configOf({}, { monitoring })).toJSON() as {
      readonly Resources: Resources;
    };
    const after = templateOf(
      configOf({}, { monitoring, resourceClasses: [{ resourceClass: 'acme/new', max: 1 }, one] }),
    ).toJSON() as { readonly Resources: Resources };
    expect(after.Resources).toMatchObject(alone.Resources);
  });

  test('of as many classes as a config may hold fits into what CloudFormation takes', () => {
    const resourceClasses = Array.from({ length: 33 }, (_, n) => ({
      resourceClass: `acme/a-rather-long-name-of-a-class-${n}`,
      max: 100,
      purchase: 'spot' as const,
    }));
    const template = templateOf(configOf({}, { resourceClasses })).toJSON() as {
      readonly Resources: Resources;
    };
    expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(JSON.stringify(template))).toBeLessThan(1_000_000);
  });

  test('gives the tags of the config to what it makes, instances included', () => {
    const template = templateOf(configOf({}, { tags: { team: 'ci' } }));
    const tag = { Key: 'team', Value: 'ci' };
    expect(only(template, 'AWS::Lambda::Function').Properties).toMatchObject({
      Tags: expect.arrayContaining([tag]),
    });
    expect(only(template, 'AWS::EC2::VPC').Properties).toMatchObject({
      Tags: expect.arrayContaining([tag]),
    });
    expect(only(template, 'AWS::AutoScaling::AutoScalingGroup').Properties).toMatchObject({
      Tags: expect.arrayContaining([{ ...tag, PropagateAtLaunch: true }]),
    });
  });
});

describe('log of the machines', () => {
  const wanted = configOf({ machineLogs: true }, { logRetentionDays: 14 });

  test('is one for all classes, kept as long as that of the function, and goes with the stack', () => {
    const resourceClasses = ['acme/a', 'acme/b', 'acme/c'].map((resourceClass, index) => ({
      resourceClass,
      max: 1,
      machineLogs: index > 0,
    }));
    const template = templateOf({ ...wanted, resourceClasses });
    expect(only(template, 'AWS::Logs::LogGroup', 'Machines')).toMatchObject({
      Properties: { LogGroupName: '/runner-scaler/ci/machines', RetentionInDays: 14 },
      DeletionPolicy: 'Delete',
    });
  });

  test('comes with the command that reads it', () => {
    expect(outputsOf(templateOf(wanted), 'Machines')).toEqual([
      {
        'Fn::Join': [
          '',
          [
            'aws logs tail ',
            { Ref: expect.stringMatching(/^MachinesLog/) },
            ' --log-stream-names INSTANCE_ID --since 14d --region ',
            { Ref: 'AWS::Region' },
          ],
        ],
      },
    ]);
  });

  test('is not made if no class keeps a log', () => {
    expect(Object.keys(templateOf(configOf()).findResources('AWS::Logs::LogGroup'))).toEqual([
      expect.stringMatching(/^ScalerLog/),
    ]);
    expect(outputsOf(templateOf(configOf()), 'Machines')).toEqual([]);
  });
});

describe('network', () => {
  test('of the stack is two public subnets without NAT, with a free way to S3', () => {
    const template = templateOf(configOf());
    expect(Object.keys(template.findResources('AWS::EC2::Subnet'))).toHaveLength(2);
    for (const { Properties } of Object.values(
      template.findResources('AWS::EC2::Subnet') as Resources,
    )) {
      expect(Properties).toMatchObject({ MapPublicIpOnLaunch: true });
    }
    expect(Object.keys(template.findResources('AWS::EC2::NatGateway'))).toHaveLength(0);
    expect(only(template, 'AWS::EC2::VPCEndpoint').Properties).toMatchObject({
      VpcEndpointType: 'Gateway',
    });
  });

  test.each([
    ['of the stack', configOf()],
    ['of the user', configOf({}, { network: NETWORK })],
  ])('%s lets nothing in to a runner', (_whose, config) => {
    const template = templateOf(config);
    expect(only(template, 'AWS::EC2::SecurityGroup').Properties).toMatchObject({
      SecurityGroupEgress: expect.arrayContaining([
        expect.objectContaining({ CidrIp: '0.0.0.0/0' }),
      ]),
    });
    expect(only(template, 'AWS::EC2::SecurityGroup').Properties).not.toHaveProperty(
      'SecurityGroupIngress',
    );
    expect(template.findResources('AWS::EC2::SecurityGroupIngress')).toEqual({});
  });

  test('of the user is used by its ids, and none is made', () => {
    const template = templateOf(configOf({}, { network: NETWORK }));
    expect(Object.keys(template.findResources('AWS::EC2::VPC'))).toHaveLength(0);
    expect(only(template, 'AWS::AutoScaling::AutoScalingGroup').Properties).toMatchObject({
      VPCZoneIdentifier: NETWORK.subnetIds,
    });
    expect(only(template, 'AWS::EC2::SecurityGroup').Properties).toMatchObject({
      VpcId: NETWORK.vpcId,
    });
  });

  test('gives runners the security groups of the config besides its own', () => {
    const network = { ...NETWORK, securityGroupIds: ['sg-0123456789abcdef0'] };
    expect(
      only(templateOf(configOf({}, { network })), 'AWS::EC2::LaunchTemplate').Properties,
    ).toMatchObject({
      LaunchTemplateData: {
        SecurityGroupIds: [
          { 'Fn::GetAtt': [expect.stringContaining('RunnerSecurityGroup'), 'GroupId'] },
          'sg-0123456789abcdef0',
        ],
      },
    });
  });
});
