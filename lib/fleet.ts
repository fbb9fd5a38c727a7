/** One fleet: launch template, Auto Scaling group, instance role and runner token of a resource class. */
import { aws_autoscaling as autoscaling, aws_ec2 as ec2, Tags, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { encodeFleetTags } from '../lambda/scaler/contract.ts';
import { tokenSecretName } from '../runner-userdata/linux/agents/circleci/settings.ts';
import { LAUNCH_HOOK } from '../config/fleet-names.ts';
import { fleetUserData } from '../config/fleet-user-data.ts';
import { InstanceRole } from './instance-role.ts';
import type { Network } from './network.ts';
import type { ImageSource, ResolvedConfig, ResolvedFleet } from '../config/resolved-config.ts';
import { TokenSecret } from './token-secret.ts';

/** Above that of the tags that constructs give themselves, which is 100. */
const NAME_TAG_PRIORITY = 200;

export interface FleetProps {
  readonly config: ResolvedConfig;
  readonly fleet: ResolvedFleet;
  readonly network: Network;
}

export class Fleet extends Construct {
  constructor(scope: Construct, id: string, props: FleetProps) {
    super(scope, id);
    const { config, fleet, network } = props;
    const role = new InstanceRole(this, 'Role', fleet);
    const token = new TokenSecret(this, 'Token', {
      source: fleet.token,
      name: tokenSecretName(role.role.roleName),
      description: `runner token of resource class ${fleet.resourceClass}`,
    });
    role.allow({ config, fleet, token });
    const template = this.makeLaunchTemplate(props, role);
    const group = this.makeGroup(props, template);
    // A machine that starts before its rights or its way out exist fails its boot and is replaced.
    group.node.addDependency(role, ...network.wayOut);
  }

  private makeLaunchTemplate(
    { config, fleet, network }: FleetProps,
    role: InstanceRole,
  ): ec2.LaunchTemplate {
    const userData = fleetUserData(config, fleet);
    const { device, sizeGiB, iops, throughputMiBps } = fleet.rootVolume;
    const [firstType = ''] = fleet.instanceTypes;
    const [firstGroup, ...otherGroups] = network.securityGroups;
    const template = new ec2.LaunchTemplate(this, 'LaunchTemplate', {
      machineImage: machineImage(fleet.image),
      instanceType: new ec2.InstanceType(firstType),
      role: role.role,
      userData: ec2.UserData.custom(typeof userData === 'string' ? userData : ''),
      ...(firstGroup && { securityGroup: firstGroup }),
      // The last resort of every end of a runner is to power off, which must not leave a stopped machine.
      instanceInitiatedShutdownBehavior: ec2.InstanceInitiatedShutdownBehavior.TERMINATE,
      httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
      // Keeps containers on a bridge network from the instance's credentials.
      httpPutResponseHopLimit: 1,
      httpEndpoint: true,
      detailedMonitoring: false,
      blockDevices: [
        {
          deviceName: device,
          volume: ec2.BlockDeviceVolume.ebs(sizeGiB, {
            volumeType: ec2.EbsDeviceVolumeType.GP3,
            encrypted: true,
            deleteOnTermination: true,
            iops,
            throughput: throughputMiBps,
          }),
        },
      ],
    });
    otherGroups.forEach((group) => template.addSecurityGroup(group));
    if (typeof userData !== 'string') {
      // The construct takes text only, which it has the template encode.
      const { defaultChild } = template.node;
      if (!(defaultChild instanceof ec2.CfnLaunchTemplate)) throw new Error('no launch template');
      defaultChild.addPropertyOverride('LaunchTemplateData.UserData', userData.toString('base64'));
    }
    // The construct names volumes by its own path; machines are named by the group.
    Tags.of(template).add('Name', fleet.group, { priority: NAME_TAG_PRIORITY });
    return template;
  }

  /**
   * The group is declared property by property: the hook must be part of it, because as a resource of
   * its own it would come after the group's first machines; and the subnets are given by id, for
   * which the higher construct wants their zones.
   *
   * There is no desired capacity, which the scaler and the machines own, and no update policy that
   * replaces machines: a changed launch template is used by new machines only.
   */
  private makeGroup(
    { config, fleet, network }: FleetProps,
    template: ec2.LaunchTemplate,
  ): autoscaling.CfnAutoScalingGroup {
    const started = machines(fleet, template);
    const group = new autoscaling.CfnAutoScalingGroup(this, 'Group', {
      autoScalingGroupName: fleet.group,
      minSize: String(fleet.min),
      maxSize: String(fleet.max),
      vpcZoneIdentifier: [...network.subnetIds],
      ...started,
      newInstancesProtectedFromScaleIn: true,
      // A rebalancing group ends a machine before its notice; its job would have two minutes more.
      capacityRebalance: false,
      healthCheckType: 'EC2',
      lifecycleHookSpecificationList: [
        {
          lifecycleHookName: LAUNCH_HOOK,
          lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
          defaultResult: 'ABANDON',
          heartbeatTimeout: fleet.bootTimeoutSeconds,
        },
      ],
      metricsCollection: [{ granularity: '1Minute' }],
    });
    group.cfnOptions.updatePolicy = {
      // Keeps a deployment from writing sizes that an operator changed by hand.
      autoScalingScheduledAction: { ignoreUnmodifiedGroupSizeProperties: true },
    };
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-AS3',
      reason:
        'Machines come and go with every job, which would be a mail for each. The scaler looks at the ' +
        'group every minute and reports what it sees.',
    });
    if (started.mixedInstancesPolicy !== undefined) {
      Validations.of(group).acknowledge({
        id: 'AwsSolutions-EC26',
        reason:
          'The rule fails where it does not find a launch template, which is inside of the policy for ' +
          'several types or spot. The root volume is encrypted in that template.',
      });
    }
    const tags = encodeFleetTags(config.name, fleet);
    for (const [key, value] of Object.entries({ ...tags, Name: fleet.group })) {
      group.tags.setTag(key, value, undefined, true);
    }
    return group;
  }
}

type GroupMachines = Pick<
  autoscaling.CfnAutoScalingGroupProps,
  'launchTemplate' | 'mixedInstancesPolicy'
>;

/** A mixed policy is needed for spot and for several types; without it the group is easier to read. */
function machines(fleet: ResolvedFleet, template: ec2.LaunchTemplate): GroupMachines {
  const specification = {
    launchTemplateId: template.launchTemplateRef.launchTemplateId,
    // Not `$Latest`: a change then shows in `cdk diff`, and reaches the group with the deployment.
    version: template.latestVersionNumber,
  };
  const { instanceTypes, purchase } = fleet;
  if (instanceTypes.length === 1 && purchase.option === 'on-demand') {
    return { launchTemplate: specification };
  }
  return {
    mixedInstancesPolicy: {
      launchTemplate: {
        launchTemplateSpecification: specification,
        overrides: instanceTypes.map((instanceType) => ({ instanceType })),
      },
      instancesDistribution: {
        onDemandAllocationStrategy: 'prioritized',
        ...(purchase.option === 'spot'
          ? {
              onDemandBaseCapacity: purchase.onDemandBase,
              onDemandPercentageAboveBaseCapacity: 0,
              spotAllocationStrategy: 'price-capacity-optimized',
            }
          : { onDemandPercentageAboveBaseCapacity: 100 }),
      },
    },
  };
}

function machineImage(image: ImageSource): ec2.IMachineImage {
  if (image.kind === 'ssm-parameter') {
    return ec2.MachineImage.resolveSsmParameterAtLaunch(image.parameterName);
  }
  return {
    getImage: () => ({
      imageId: image.amiId,
      osType: ec2.OperatingSystemType.LINUX,
      userData: ec2.UserData.custom(''),
    }),
  };
}
