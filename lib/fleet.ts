/** One fleet: the launch template, Auto Scaling group, instance role and runner token of a resource class. */
import { aws_autoscaling as autoscaling, aws_ec2 as ec2, Tags, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { encodeFleetTags } from '../lambda/scaler/contract.ts';
import { tokenSecretName } from '../runner-userdata/linux/agents/token-secret.ts';
import { LAUNCH_HOOK, machineLogGroup } from '../config/fleet-names.ts';
import { fleetUserData } from '../config/fleet-user-data.ts';
import { InstanceRole } from './instance-role.ts';
import type { Network } from './network.ts';
import type { ResolvedConfig, ResolvedFleet } from '../config/resolved-config.ts';
import { type OperatingSystem, PLATFORMS } from '../runner-userdata/platforms.ts';
import { TokenSecret } from './token-secret.ts';

/** Higher than the 100 of the tags that constructs give themselves. */
const NAME_TAG_PRIORITY = 200;

export interface FleetProps {
  readonly config: ResolvedConfig;
  readonly fleet: ResolvedFleet;
  readonly network: Network;
}

export class Fleet extends Construct {
  /** What its jobs ask for. */
  readonly resourceClass: string;
  /** The group whose capacity the scaler sets. */
  readonly group: autoscaling.CfnAutoScalingGroup;
  /** What its machines are launched from. */
  readonly launchTemplate: ec2.LaunchTemplate;
  /** Name of the log group that its machines write to in the end; undefined where they keep no log. */
  readonly machineLogGroup: string | undefined;

  constructor(scope: Construct, id: string, props: FleetProps) {
    super(scope, id);
    const { config, fleet, network } = props;
    const role = new InstanceRole(this, 'Role', fleet);
    const token = new TokenSecret(this, 'Token', {
      source: fleet.token,
      issuer: fleet.source,
      name: tokenSecretName(role.role.roleName),
      description: tokenDescription(fleet),
    });
    role.allow({ config, fleet, token });
    this.resourceClass = fleet.resourceClass;
    this.machineLogGroup = fleet.machineLogs ? machineLogGroup(config.name) : undefined;
    this.launchTemplate = this.makeLaunchTemplate(props, role);
    this.group = this.makeGroup(props, this.launchTemplate);
    // A machine that starts before its permissions or its way out exist fails its boot and is replaced.
    this.group.node.addDependency(role, ...network.wayOut);
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
      machineImage: machineImage(fleet),
      instanceType: new ec2.InstanceType(firstType),
      role: role.role,
      userData: ec2.UserData.custom(typeof userData === 'string' ? userData : ''),
      ...(firstGroup && { securityGroup: firstGroup }),
      // Every way a runner ends, ends in a power-off, which must not leave a stopped machine.
      instanceInitiatedShutdownBehavior: ec2.InstanceInitiatedShutdownBehavior.TERMINATE,
      httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
      // Keeps containers on a bridge network from the instance's credentials.
      httpPutResponseHopLimit: 1,
      httpEndpoint: true,
      // Without IPv4 the metadata is reached by its IPv6 address only, which is off unless it is asked for.
      ...(config.network?.ipv6Only && { httpProtocolIpv6: true }),
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
      // The construct takes only text, which it encodes in the template.
      const { defaultChild } = template.node;
      if (!(defaultChild instanceof ec2.CfnLaunchTemplate)) throw new Error('no launch template');
      defaultChild.addPropertyOverride('LaunchTemplateData.UserData', userData.toString('base64'));
    }
    // The construct names volumes by its own path; machines are named by the group.
    Tags.of(template).add('Name', fleet.group, { priority: NAME_TAG_PRIORITY });
    return template;
  }

  /**
   * Declared with the low-level construct for two reasons. The hook must be part of the group: as a resource
   * of its own it would be created after the group's first machines. The subnets are given by id, for which the
   * high-level construct needs their zones.
   *
   * There is no desired capacity, which the scaler and the machines own, and no update policy that replaces
   * machines: only new machines use a changed launch template.
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
      // A rebalancing group ends a machine before its notice, which would give its job two more minutes.
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
        'Machines come and go with every job, and each would send a mail. The scaler reads the group ' +
        'every minute and reports what it sees.',
    });
    if (started.mixedInstancesPolicy !== undefined) {
      Validations.of(group).acknowledge({
        id: 'AwsSolutions-EC26',
        reason:
          'The rule does not find the launch template, which the policy for several types or spot holds. ' +
          'The root volume is encrypted in that template.',
      });
    }
    const tags = encodeFleetTags(config.name, fleet);
    for (const [key, value] of Object.entries({ ...tags, Name: fleet.group })) {
      group.tags.setTag(key, value, undefined, true);
    }
    return group;
  }
}

/** As the output that fills the secret and docs/permissions.md have it. */
function tokenDescription({ source, resourceClass }: ResolvedFleet): string {
  return source === 'gitlab'
    ? `runner token of the GitLab fleet ${resourceClass}`
    : `runner token of resource class ${resourceClass}`;
}

type GroupMachines = Pick<
  autoscaling.CfnAutoScalingGroupProps,
  'launchTemplate' | 'mixedInstancesPolicy'
>;

/** Spot and several types need a mixed policy; without one the group is easier to read. */
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

const OPERATING_SYSTEMS: Readonly<Record<OperatingSystem, ec2.OperatingSystemType>> = {
  linux: ec2.OperatingSystemType.LINUX,
};

function machineImage({ image, platform }: ResolvedFleet): ec2.IMachineImage {
  const osType = OPERATING_SYSTEMS[PLATFORMS[platform].operatingSystem];
  if (image.kind === 'ssm-parameter') {
    return ec2.MachineImage.resolveSsmParameterAtLaunch(image.parameterName, { os: osType });
  }
  return {
    getImage: () => ({
      imageId: image.amiId,
      osType,
      userData: ec2.UserData.custom(''),
    }),
  };
}
