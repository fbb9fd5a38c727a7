import { describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { configOf, type Resources, templateOf } from './stack-fixture.ts';

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
    template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 3);
    template.resourceCountIs('AWS::EC2::LaunchTemplate', 3);
    template.resourceCountIs('AWS::IAM::InstanceProfile', 3);
    template.resourceCountIs('AWS::SecretsManager::Secret', 4);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.resourceCountIs('AWS::Scheduler::Schedule', 1);
  });

  test('keeps the resources of a class when another one is added before it', () => {
    const one = { resourceClass: 'acme/linux', max: 4 };
    const alone = templateOf(configOf()).toJSON() as { readonly Resources: Resources };
    const after = templateOf(
      configOf({}, { resourceClasses: [{ resourceClass: 'acme/new', max: 1 }, one] }),
    ).toJSON() as { readonly Resources: Resources };
    expect(after.Resources).toMatchObject(alone.Resources);
  });

  test('of many classes fits into what CloudFormation takes', () => {
    const resourceClasses = Array.from({ length: 40 }, (_, n) => ({
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
    template.hasResourceProperties('AWS::Lambda::Function', { Tags: Match.arrayWith([tag]) });
    template.hasResourceProperties('AWS::EC2::VPC', { Tags: Match.arrayWith([tag]) });
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      Tags: Match.arrayWith([{ ...tag, PropagateAtLaunch: true }]),
    });
  });
});

describe('network', () => {
  test('of the stack is two public subnets without NAT, with a free way to S3', () => {
    const template = templateOf(configOf());
    template.resourceCountIs('AWS::EC2::Subnet', 2);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
  });

  test.each([
    ['of the stack', configOf()],
    ['of the user', configOf({}, { network: NETWORK })],
  ])('%s lets nothing in to a runner', (_whose, config) => {
    const template = templateOf(config);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIp: '0.0.0.0/0' })]),
    });
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('of the user is used by its ids, and none is made', () => {
    const template = templateOf(configOf({}, { network: NETWORK }));
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      VPCZoneIdentifier: NETWORK.subnetIds,
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: NETWORK.vpcId });
  });

  test('gives runners the security groups of the config besides its own', () => {
    const network = { ...NETWORK, securityGroupIds: ['sg-0123456789abcdef0'] };
    templateOf(configOf({}, { network })).hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        SecurityGroupIds: [
          { 'Fn::GetAtt': [Match.stringLikeRegexp('RunnerSecurityGroup'), 'GroupId'] },
          'sg-0123456789abcdef0',
        ],
      },
    });
  });
});
