/** Configs that together have every construct and option that leaves a trace in the template. */
import { config as shipped } from '../../config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';

const ACCOUNT_AND_REGION = 'eu-central-1:111122223333';

/** Everything that can exist before the stack does exists, and what has choices has the other one. */
const withEverythingOfTheUser: ScalerConfig = {
  name: 'ci',
  circleci: {
    url: 'https://circleci.example.com',
    existingTokenSecretArn: `arn:aws:secretsmanager:${ACCOUNT_AND_REGION}:secret:api-a1B2c3`,
    tokenKmsKeyArn: `arn:aws:kms:${ACCOUNT_AND_REGION}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  },
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    securityGroupIds: ['sg-0123456789abcdef0'],
    scaler: {
      subnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
      securityGroupIds: ['sg-0123456789abcdef1'],
      dualStack: true,
    },
  },
  proxy: { url: 'http://proxy.example.com:3128', noProxy: ['amazonaws.com'] },
  tags: { team: 'ci' },
  reservedConcurrency: 3,
  dryRun: true,
  wakeUps: false,
  resourceClasses: [
    {
      resourceClass: 'acme/linux',
      max: 4,
      min: 1,
      headroom: 1,
      purchase: 'spot',
      onDemandBase: 1,
      image: { platform: 'amazon-linux-2023', amiId: 'ami-0123456789abcdef0' },
      drainTimeoutMinutes: 10,
      machineLogs: true,
      bootScript: 'dnf --assumeyes install docker',
      existingTokenSecretArn: `arn:aws:secretsmanager:${ACCOUNT_AND_REGION}:secret:linux-d4E5f6`,
      tokenKmsKeyArn: `arn:aws:kms:${ACCOUNT_AND_REGION}:key/9876fedc-98fe-76dc-54ba-0987654321fe`,
    },
    {
      resourceClass: 'acme/arm',
      max: 4,
      architecture: 'arm64',
      instanceTypes: ['m7g.large', 'm6g.large'],
      image: { platform: 'ubuntu-24.04', ssmParameter: '/ci/runner-image' },
    },
  ],
};

/** GitLab alone: there is nothing of CircleCI in its template. */
const gitLabAlone: ScalerConfig = {
  name: 'ci',
  gitlab: {
    url: 'https://gitlab.example.com',
    scope: 'instance',
    fleets: [{ name: 'linux', runner: 12, max: 4 }],
  },
};

/** Beside CircleCI, with the tokens of the user. */
const twoSources: ScalerConfig = {
  name: 'ci',
  resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }],
  gitlab: {
    url: 'https://gitlab.com',
    scope: { group: 'acme/platform' },
    tokenSecretArn: `arn:aws:secretsmanager:${ACCOUNT_AND_REGION}:secret:gitlab-a1B2c3`,
    tokenKmsKeyArn: `arn:aws:kms:${ACCOUNT_AND_REGION}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    fleets: [
      {
        name: 'platform.linux/spot',
        runner: 34,
        tags: ['computetype-spot', 'linux'],
        runUntagged: true,
        executor: 'shell',
        max: 1_000,
        purchase: 'spot',
        machineLogs: true,
        tokenSecretArn: `arn:aws:secretsmanager:${ACCOUNT_AND_REGION}:secret:runner-d4E5f6`,
        tokenKmsKeyArn: `arn:aws:kms:${ACCOUNT_AND_REGION}:key/9876fedc-98fe-76dc-54ba-0987654321fe`,
      },
      { name: 'platform.linux:demand', runner: 35, tags: ['computetype-ondemand'], max: 4 },
    ],
  },
};

/** GitHub alone, as small as can be: a registrar, and nothing that anybody may call without signing. */
const gitHubAlone: ScalerConfig = {
  name: 'ci',
  github: { owners: ['acme'], fleets: [{ name: 'gpu', labels: ['acme', 'gpu'], max: 4 }] },
};

/** GitHub beside CircleCI, in a network of the user, with their App, a webhook and everything a fleet can say. */
const gitHubBeside: ScalerConfig = {
  name: 'ci',
  resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }],
  reservedConcurrency: 3,
  wakeUps: false,
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0'],
    scaler: { subnetIds: ['subnet-0123456789abcdef1'] },
  },
  proxy: { url: 'http://proxy.example.com:3128', noProxy: ['github.example.com'] },
  github: {
    url: 'https://github.example.com',
    appSecretArn: `arn:aws:secretsmanager:${ACCOUNT_AND_REGION}:secret:github-a1B2c3`,
    appKmsKeyArn: `arn:aws:kms:${ACCOUNT_AND_REGION}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    repositories: ['acme/app', 'acme/web'],
    webhook: true,
    agent: { version: '2.336.0', sha256: { x86_64: 'a'.repeat(64), arm64: 'b'.repeat(64) } },
    fleets: [
      {
        name: 'spot',
        labels: ['acme', 'spot'],
        registerAt: 'acme',
        runnerGroup: 'big machines',
        max: 40,
        purchase: 'spot',
        machineLogs: true,
      },
      { name: 'app:arm', labels: ['acme'], registerAt: 'acme/app', max: 4, architecture: 'arm64' },
    ],
  },
};

export const SAMPLE_CONFIGS: ReadonlyMap<string, ScalerConfig> = new Map([
  ['as shipped', shipped],
  [
    'as small as can be',
    { name: 'ci', resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }] },
  ],
  ['with everything of the user', withEverythingOfTheUser],
  ['of GitLab alone', gitLabAlone],
  ['of two sources', twoSources],
  ['of GitHub alone', gitHubAlone],
  ['of GitHub beside CircleCI', gitHubBeside],
]);
