/** What a deployment of a config leaves in a simulated account: stack, function, schedule and secrets. */
import type { ResolvedConfig, ResolvedNetwork } from '../../config/resolved-config.ts';
import {
  DEFAULT_PASS_INTERVAL_SECONDS,
  encodeSettings,
  type Settings,
  TOKEN_PLACEHOLDER,
} from '../../lambda/scaler/contract.ts';
import type { Deployed, DeployedFunction } from '../emulators/deployed.ts';
import type { Ec2State } from '../emulators/ec2.ts';
import type { Secrets } from '../emulators/secrets-manager.ts';

export interface Installation extends Deployed {
  stack: Deployed['stack'];
  readonly functions: Map<string, DeployedFunction>;
  readonly schedules: Map<string, 'ENABLED' | 'DISABLED'>;
  readonly secrets: Secrets;
  readonly parameters: Map<string, string>;
  readonly quotas: Map<string, number>;
  readonly ec2: Ec2State;
  readonly names: {
    readonly function: string;
    readonly schedule: string;
    readonly apiToken: string;
  };
  settings(): Settings;
}

export interface InstallationOptions {
  readonly config: ResolvedConfig;
  /** Where the CI system answers. */
  readonly circleciUrl: string;
  /** That it takes. */
  readonly token: string;
  /** The template that was deployed. Default: one without resources. */
  readonly template?: () => string;
}

const ACCOUNT = '123456789012';
const IMAGE = 'ami-0123456789abcdef0';
const ZONES = ['us-east-1a', 'us-east-1b'];
/** Of standard types, on demand and spot. */
const VCPU_QUOTAS = ['L-1216C47A', 'L-34B43A08'];

export function installation(options: InstallationOptions): Installation {
  const { config, circleciUrl, token, template } = options;
  const { name, fleets } = config;
  const names = {
    function: `${name}-ScalerFunction`,
    schedule: `${name}-ScalerSchedule`,
    apiToken: arnOf(`${name}-api-token`),
  };
  const settings: Settings = {
    name,
    sources: {
      circleci: { url: circleciUrl, api: 'counts', callsPerSecond: 0, tokenSecret: names.apiToken },
    },
    passIntervalSeconds: DEFAULT_PASS_INTERVAL_SECONDS,
    queueUrl: undefined,
    metrics: config.metrics,
    dryRun: false,
  };
  const runnerTokens = fleets.map(({ resourceClass }, index) => ({
    logicalId: `Fleet${resourceClass.replaceAll(/[^A-Za-z0-9]/g, '')}TokenSecret0000000${index % 10}`,
    type: 'AWS::SecretsManager::Secret',
    physicalId: arnOf(`${name}-runner-token-${index}`),
  }));
  const { network } = config;
  const vpcId = network?.vpcId ?? '';
  const securityGroups = network === undefined ? [] : ownGroups(network);
  return {
    account: ACCOUNT,
    names,
    stack: {
      name,
      status: 'CREATE_COMPLETE',
      ...(template && { template }),
      resources: [
        {
          logicalId: 'ScalerFunction00000000',
          type: 'AWS::Lambda::Function',
          physicalId: names.function,
        },
        {
          logicalId: 'ScalerSchedule00000000',
          type: 'AWS::Scheduler::Schedule',
          physicalId: names.schedule,
        },
        {
          logicalId: 'ScalerApiTokenSecret00000000',
          type: 'AWS::SecretsManager::Secret',
          physicalId: names.apiToken,
        },
        ...runnerTokens,
        ...securityGroups.map(({ logicalId, id }) => ({
          logicalId,
          type: 'AWS::EC2::SecurityGroup',
          physicalId: id,
        })),
      ],
    },
    functions: new Map([[names.function, { environment: encodeSettings(settings) }]]),
    schedules: new Map([[names.schedule, 'ENABLED']]),
    secrets: new Map([
      [names.apiToken, token],
      ...runnerTokens.map(({ physicalId }) => [physicalId, TOKEN_PLACEHOLDER] as const),
    ]),
    parameters: new Map([
      ['/cdk-bootstrap/hnb659fds/version', '30'],
      ...fleets.flatMap(({ image }) =>
        image.kind === 'ssm-parameter' ? [[image.parameterName, IMAGE] as const] : [],
      ),
    ]),
    // The default of a new account, raised: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
    quotas: new Map(VCPU_QUOTAS.map((code) => [code, 1000] as const)),
    ec2: {
      images: new Map(
        fleets.flatMap(({ image, architecture }) =>
          image.kind === 'ami'
            ? [[image.amiId, { architecture, state: 'available' }] as const]
            : [],
        ),
      ),
      types: new Map(
        fleets.flatMap(({ instanceTypes }) =>
          instanceTypes.map((type) => [type, { vcpus: 2, zones: ZONES }] as const),
        ),
      ),
      subnets: new Map(
        [...(network?.subnetIds ?? []), ...(network?.scaler?.subnetIds ?? [])].map((id) => [
          id,
          { vpcId, zone: 'us-east-1a', givesPublicAddress: false, defaultRoute: 'nat-1' },
        ]),
      ),
      endpoints: new Set(),
      withoutDns: new Set(),
      securityGroups: new Map(
        [
          ...securityGroups.map(({ id }) => id),
          ...(network?.securityGroupIds ?? []),
          ...(network?.scaler?.securityGroupIds ?? []),
        ].map((id) => [id, { vpcId, letsOut: true }]),
      ),
      instances: [],
    },
    settings: () => settings,
  };
}

/** Those that the stack makes. */
function ownGroups({ scaler }: ResolvedNetwork) {
  const runners = { logicalId: 'NetworkRunnerSecurityGroup00000000', id: 'sg-00000001' };
  const functions = { logicalId: 'ScalerNetworkSecurityGroup00000000', id: 'sg-00000002' };
  return scaler === undefined ? [runners] : [runners, functions];
}

function arnOf(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${name}-AbCdEf`;
}
