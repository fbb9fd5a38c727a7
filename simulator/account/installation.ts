/** What a deployment of a config leaves in a simulated account: stack, function, schedule and secrets. */
import type { ResolvedConfig, ResolvedFleet, TokenSource } from '../../config/resolved-config.ts';
import {
  encodeSettings,
  type Settings,
  type SourceName,
  SOURCES,
  TOKEN_PLACEHOLDER,
} from '../../lambda/scaler/contract.ts';
import { synthesized } from '../../lib/synthesized.ts';
import type { Deployed, DeployedFunction, DeployedStack } from '../emulators/deployed.ts';
import type { Ec2State } from '../emulators/ec2.ts';
import type { Secrets } from '../emulators/secrets-manager.ts';
import type { CiSystems } from './ci-systems.ts';
import { ownNetwork } from './own-network.ts';

export interface Installation extends Deployed {
  stack: Deployed['stack'];
  readonly functions: Map<string, DeployedFunction>;
  readonly schedules: Map<string, 'ENABLED' | 'DISABLED'>;
  scheduleExpression?: string;
  readonly secrets: Secrets;
  readonly parameters: Map<string, string>;
  readonly quotas: Map<string, number>;
  readonly ec2: Ec2State;
  readonly names: {
    readonly function: string;
    readonly schedule: string;
    /** Of the secret with the source's credential; where there are several sources, of the first. */
    readonly apiToken: string;
  };
  settings(): Settings;
}

export interface InstallationOptions {
  readonly config: ResolvedConfig;
  readonly systems: Pick<CiSystems, 'credentials' | 'settings'>;
  /** The template that was deployed. Default: that of the config. */
  readonly template?: (() => string) | undefined;
}

const ACCOUNT = '123456789012';
const IMAGE = 'ami-0123456789abcdef0';
const ZONES = ['us-east-1a', 'us-east-1b'];
/** Of standard types and of those with GPUs, on demand and spot. */
const VCPU_QUOTAS = ['L-1216C47A', 'L-34B43A08', 'L-DB2E81BA', 'L-3819A6DF'];

export function installation({ config, systems, template }: InstallationOptions): Installation {
  const { name, fleets } = config;
  const credentials = SOURCES.flatMap((source) => credentialOf(config, source));
  const names = {
    function: `${name}-ScalerFunction`,
    schedule: `${name}-ScalerSchedule`,
    apiToken: credentials[0]?.id ?? '',
  };
  const settings: Settings = {
    name,
    sources: systems.settings(
      (source) => credentials.find((credential) => credential.source === source)?.id ?? '',
    ),
    passIntervalSeconds: config.passIntervalSeconds,
    queueUrl: undefined,
    metrics: config.metrics,
    dryRun: config.dryRun,
  };
  const runnerTokens = fleets.flatMap((fleet, index) => runnerTokenOf(fleet, { name, index }));
  const network = ownNetwork(config);
  const webhook: readonly KeptSecret[] =
    config.github?.webhook === true
      ? [{ id: arnOf(`${name}-webhook`), logicalId: 'WebhookSecret00000000' }]
      : [];
  return {
    account: ACCOUNT,
    names,
    stack: {
      name,
      status: 'CREATE_COMPLETE',
      template: template ?? once(() => JSON.stringify(synthesized(config))),
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
        ...[...credentials, ...runnerTokens].flatMap(resourceOf),
        ...webhook.flatMap(resourceOf),
        ...network.resources,
      ],
    },
    functions: new Map([[names.function, { environment: encodeSettings(settings) }]]),
    schedules: new Map([[names.schedule, 'ENABLED']]),
    secrets: new Map([
      ...credentials.map(
        ({ id, source }) => [id, systems.credentials.get(source) ?? TOKEN_PLACEHOLDER] as const,
      ),
      ...runnerTokens.map(({ id }) => [id, TOKEN_PLACEHOLDER] as const),
      ...webhook.map(({ id }) => [id, 'made-by-secrets-manager'] as const),
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
          image.kind === 'ami' || !image.parameterName.startsWith('/aws/service/')
            ? [
                [
                  image.kind === 'ami' ? image.amiId : IMAGE,
                  { architecture, state: 'available' },
                ] as const,
              ]
            : [],
        ),
      ),
      types: new Map(
        fleets.flatMap(({ instanceTypes }) =>
          instanceTypes.map((type) => [type, { vcpus: 2, zones: ZONES }] as const),
        ),
      ),
      ...network.state,
      instances: [],
    },
    settings: () => settings,
  };
}

interface KeptSecret {
  /** Its ARN. */
  readonly id: string;
  /** Undefined for one that the stack did not make. */
  readonly logicalId: string | undefined;
}

/** As the stack calls the secret of a source's credential, without CloudFormation's hash. */
const CREDENTIAL_IDS: Readonly<Record<SourceName, string>> = {
  circleci: 'ScalerApiTokenSecret',
  github: 'ScalerGitHubAppSecret',
  gitlab: 'ScalerGitLabApiTokenSecret',
};

function credentialOf(
  config: ResolvedConfig,
  source: SourceName,
): readonly (KeptSecret & { readonly source: SourceName })[] {
  const kept: TokenSource | undefined = {
    circleci: config.circleci?.apiToken,
    github: config.github?.app,
    gitlab: config.gitlab?.apiToken,
  }[source];
  if (kept === undefined) return [];
  const made = {
    id: arnOf(`${config.name}-${source === 'circleci' ? '' : `${source}-`}api-token`),
    logicalId: `${CREDENTIAL_IDS[source]}00000000`,
  };
  return [{ source, ...existingOr(kept, made) }];
}

/** Machines of GitHub have none. */
function runnerTokenOf(
  fleet: ResolvedFleet,
  { name, index }: { readonly name: string; readonly index: number },
): readonly KeptSecret[] {
  if (fleet.source === 'github') return [];
  const words = fleet.resourceClass.replaceAll(/[^A-Za-z0-9]/g, '');
  const made = {
    id: arnOf(`${name}-runner-token-${index}`),
    logicalId: `Fleet${words}TokenSecret${String(index).padStart(8, '0')}`,
  };
  return [existingOr(fleet.token, made)];
}

function existingOr({ existingSecretArn }: TokenSource, made: KeptSecret): KeptSecret {
  return existingSecretArn === undefined ? made : { id: existingSecretArn, logicalId: undefined };
}

function resourceOf({ id, logicalId }: KeptSecret): DeployedStack['resources'] {
  if (logicalId === undefined) return [];
  return [{ logicalId, type: 'AWS::SecretsManager::Secret', physicalId: id }];
}

/** Made when it is asked for, as that takes a second. */
function once(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}

function arnOf(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${name}-AbCdEf`;
}
