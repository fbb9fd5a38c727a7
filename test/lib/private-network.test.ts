/** What the template and the synth say of networks that are not ours. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { GitHubConfig } from '../../config/github-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { decodeSettings, ENV } from '../../lambda/scaler/contract.ts';
import { ScalerStack } from '../../lib/scaler-stack.ts';
import { stackOf, templateOf } from '../../lib/template.ts';
import { makeCertificates } from '../config/certificates.ts';
import { configOf, only, statementsOf } from './stack-fixture.ts';

const RUNNERS = { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] };
const SCALER = {
  subnetIds: ['subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'],
  securityGroupIds: ['sg-0123456789abcdef1'],
};
const PROXY = { url: 'http://proxy.corp.example:3128', noProxy: ['amazonaws.com'] };
const NETWORK = { ...RUNNERS, scaler: SCALER };
const GITLAB: ScalerConfig = {
  name: 'ci',
  network: NETWORK,
  gitlab: {
    url: 'https://gitlab.corp.example',
    scope: 'instance',
    fleets: [{ name: 'linux', runner: 101, max: 4 }],
  },
};

const GITHUB: ScalerConfig & { readonly github: GitHubConfig } = {
  name: 'ci',
  github: { owners: ['acme'], fleets: [{ name: 'linux', labels: ['acme'], max: 4 }] },
};

function told(config: ScalerConfig): readonly string[] {
  return Annotations.fromStack(stackOf(config))
    .findInfo('*', Match.anyValue())
    .map(({ entry }) =>
      JSON.stringify(entry.data)
        .slice(1, -1)
        .replace(/ \[ack: .*$/, ''),
    );
}

describe('a function in the VPC', () => {
  const template = templateOf(GITLAB);

  test('is in its subnets, with a security group of the stack that lets nothing in', () => {
    const { VpcConfig } = only(template, 'AWS::Lambda::Function').Properties;
    expect(VpcConfig).toEqual({
      SubnetIds: SCALER.subnetIds,
      SecurityGroupIds: [
        { 'Fn::GetAtt': [expect.stringMatching(/^ScalerNetworkSecurityGroup/), 'GroupId'] },
        'sg-0123456789abcdef1',
      ],
      Ipv6AllowedForDualStack: false,
    });
    const { Properties } = only(template, 'AWS::EC2::SecurityGroup', 'ScalerNetwork');
    expect(Properties).toMatchObject({ VpcId: RUNNERS.vpcId });
    expect(Properties).not.toHaveProperty('SecurityGroupIngress');
  });

  test('uses IPv6 where both are there', () => {
    const network = { ...RUNNERS, scaler: { ...SCALER, dualStack: true } };
    expect(
      only(templateOf({ ...GITLAB, network }), 'AWS::Lambda::Function').Properties,
    ).toMatchObject({ VpcConfig: { Ipv6AllowedForDualStack: true } });
  });

  test('has Lambda, and not its own code, make the network interfaces', () => {
    const denied = statementsOf(template, 'ScalerNetworkNotForCode');
    expect(denied).toEqual([
      {
        Effect: 'Deny',
        Action: expect.arrayContaining(['ec2:CreateNetworkInterface']),
        Resource: '*',
        Condition: {
          ArnEquals: {
            'lambda:SourceFunctionArn': {
              'Fn::GetAtt': [expect.stringMatching(/^ScalerFunction/), 'Arn'],
            },
          },
        },
      },
    ]);
    const [{ Action }] = denied as [{ readonly Action: readonly string[] }];
    // Beside what else has no smaller resource.
    expect(statementsOf(template, 'ScalerRole')).toContainEqual({
      Effect: 'Allow',
      Action: expect.arrayContaining([...Action]),
      Resource: '*',
    });
  });

  test('is outside by default, without those rights', () => {
    const outside = templateOf({ ...GITLAB, network: RUNNERS });
    expect(only(outside, 'AWS::Lambda::Function').Properties).not.toHaveProperty('VpcConfig');
    expect(JSON.stringify(statementsOf(outside, 'ScalerRole'))).not.toContain('ec2:');
  });
});

describe('the registrar of GitHub', () => {
  const template = templateOf({
    ...GITHUB,
    network: NETWORK,
    proxy: PROXY,
    github: { ...GITHUB.github, webhook: true },
  });
  const functionOf = (prefix: string) => only(template, 'AWS::Lambda::Function', prefix).Properties;

  test('is in the subnets of the scaler, in a security group of its own; the webhook is outside', () => {
    expect(functionOf('Registrar')).toMatchObject({
      VpcConfig: {
        SubnetIds: SCALER.subnetIds,
        SecurityGroupIds: [
          { 'Fn::GetAtt': [expect.stringMatching(/^RegistrarNetworkSecurityGroup/), 'GroupId'] },
          'sg-0123456789abcdef1',
        ],
      },
    });
    expect(only(template, 'AWS::EC2::SecurityGroup', 'RegistrarNetwork').Properties).toMatchObject({
      GroupDescription: 'The registrar: everything out, nothing in',
    });
    expect(functionOf('Webhook')).not.toHaveProperty('VpcConfig');
  });

  test('calls through the proxy, and the webhook does not', () => {
    const variablesOf = (prefix: string) => JSON.stringify(functionOf(prefix)['Environment']);
    expect(variablesOf('Registrar')).toContain(PROXY.url);
    expect(variablesOf('Webhook')).not.toContain(PROXY.url);
  });
});

describe('making the template tells', () => {
  test('what function and runners have to reach', () => {
    expect(told(GITLAB)).toEqual([
      'Runners start in subnet-0123456789abcdef0. ' +
        'They need a way to the internet or endpoints for com.amazonaws.REGION.autoscaling, ' +
        'com.amazonaws.REGION.events and com.amazonaws.REGION.secretsmanager. ' +
        'They need a route to https://gitlab.corp.example, https://gitlab-runner-downloads.s3.amazonaws.com ' +
        'and http://REGION.ec2.archive.ubuntu.com. ' +
        'Session Manager, if it is used, needs com.amazonaws.REGION.ssm and com.amazonaws.REGION.ssmmessages besides. ' +
        'docs/private-networks.md says more.',
      'The scaler runs in subnet-0123456789abcdef1, subnet-0123456789abcdef2, where it gets no public address, ' +
        'not even in a public subnet. ' +
        'It needs a way to the internet or endpoints for com.amazonaws.REGION.autoscaling, ' +
        'com.amazonaws.REGION.secretsmanager and com.amazonaws.REGION.sqs. ' +
        'It needs a route to https://gitlab.corp.example. ' +
        'docs/private-networks.md says more.',
    ]);
  });

  test('what registrar and runners of GitHub have to reach', () => {
    const [runners, scaler, registrar] = told({ ...GITHUB, network: NETWORK });
    expect(runners).toBe(
      'Runners start in subnet-0123456789abcdef0. ' +
        'They need a way to the internet or endpoints for com.amazonaws.REGION.autoscaling ' +
        'and com.amazonaws.REGION.events. ' +
        'They need a route to https://*.lambda-url.REGION.on.aws, https://github.com, https://api.github.com, ' +
        'https://codeload.github.com, https://*.actions.githubusercontent.com, https://*.blob.core.windows.net, ' +
        'https://release-assets.githubusercontent.com and http://REGION.ec2.archive.ubuntu.com. ' +
        "The registrar's address, https://*.lambda-url.REGION.on.aws, has no endpoint: only the internet leads there. " +
        'Session Manager, if it is used, needs com.amazonaws.REGION.ssm and com.amazonaws.REGION.ssmmessages besides. ' +
        'docs/private-networks.md says more.',
    );
    expect(registrar).toBe(
      'The registrar runs in subnet-0123456789abcdef1, subnet-0123456789abcdef2, where it gets no public address, ' +
        'not even in a public subnet. ' +
        'It needs a way to the internet or endpoints for com.amazonaws.REGION.autoscaling ' +
        'and com.amazonaws.REGION.secretsmanager. ' +
        'It needs a route to https://api.github.com. ' +
        'docs/private-networks.md says more.',
    );
    expect(scaler).toContain('It needs a route to https://api.github.com.');
  });

  test.each([
    ['https://github.corp.example', 'https://github.corp.example, https://github.com', 'blob'],
    [
      'https://acme.ghe.com',
      'https://acme.ghe.com, https://*.acme.ghe.com, https://*.actions.githubusercontent.com, https://*.blob',
      'api.github.com',
    ],
  ])('what runners of %s have to reach', (url, needed, other) => {
    const [runners = ''] = told({
      ...GITHUB,
      github: { ...GITHUB.github, url },
      network: NETWORK,
    });
    expect(runners).toContain(needed);
    expect(runners).not.toContain(other);
  });

  test('that the address of the registrar is not in noProxy, or has a way without the proxy', () => {
    const direct = { url: PROXY.url, noProxy: ['on.aws'] };
    const [through = ''] = told({ ...GITHUB, network: NETWORK, proxy: PROXY });
    const [beside = ''] = told({ ...GITHUB, network: NETWORK, proxy: direct });
    expect(through).toContain('which must let pass https://*.lambda-url.REGION.on.aws, https://');
    expect(beside).toContain('They need a route to https://*.lambda-url.REGION.on.aws.');
  });

  test('that github.com has no IPv6', () => {
    const [runners = ''] = told({ ...GITHUB, network: { ...RUNNERS, ipv6Only: true } });
    expect(runners).toContain('github.com, from which the runner comes, has no IPv6 address.');
  });

  test('what the proxy must let pass, and what is called without it', () => {
    const [runners = '', scaler = ''] = told({ ...GITLAB, proxy: PROXY });
    expect(runners).toContain(
      'They need a route to the proxy http://proxy.corp.example:3128, which must let pass https://gitlab.corp.example ' +
        'and http://REGION.ec2.archive.ubuntu.com. They need a way to the internet or endpoints for ',
    );
    expect(scaler).toContain(
      'which must let pass https://gitlab.corp.example. It needs a way to the internet or endpoints for ' +
        'com.amazonaws.REGION.autoscaling, com.amazonaws.REGION.secretsmanager and com.amazonaws.REGION.sqs.',
    );
  });

  test('which service of AWS is called without it, where noProxy names one', () => {
    const proxy = { ...PROXY, noProxy: ['sqs.eu-central-1.amazonaws.com'] };
    const [, scaler = ''] = told({ ...GITLAB, proxy });
    expect(scaler).toContain(
      'must let pass https://autoscaling.REGION.amazonaws.com, https://secretsmanager.REGION.amazonaws.com and https://gitlab',
    );
    expect(scaler).toContain('endpoints for com.amazonaws.REGION.sqs.');
  });

  test('more for machines that keep a log, of Amazon Linux, and without IPv4', () => {
    const config = configOf(
      {
        machineLogs: true,
        image: { platform: 'amazon-linux-2023', amiId: 'ami-0123456789abcdef0' },
      },
      { network: { ...RUNNERS, ipv6Only: true } },
    );
    const [runners = '', ...others] = told(config);
    expect(others).toEqual([]);
    expect(runners).toContain('com.amazonaws.REGION.logs and com.amazonaws.REGION.s3');
    expect(runners).toContain('DNS64');
  });

  test.each([
    ['its own network', configOf()],
    ["the user's with a way out", configOf({}, { network: RUNNERS })],
  ])('nothing of %s', (_, config) => {
    expect(told(config)).toEqual([]);
  });
});

test('machines without IPv4 reach their metadata by IPv6, others do not', () => {
  const options = (ipv6Only: boolean) =>
    only(
      templateOf(configOf({}, { network: { ...RUNNERS, ipv6Only } })),
      'AWS::EC2::LaunchTemplate',
    ).Properties['LaunchTemplateData'];
  expect(options(true)).toMatchObject({ MetadataOptions: { HttpProtocolIpv6: 'enabled' } });
  expect(JSON.stringify(options(false))).not.toContain('HttpProtocolIpv6');
});

describe("authorities, in the functions' code as it is deployed", () => {
  const { root, intermediate } = makeCertificates();
  const outdir = mkdtempSync(join(tmpdir(), 'cdk-out-'));
  const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/111122223333/events';
  let template: Template;

  beforeAll(() => {
    const app = new App({
      outdir,
      context: { '@aws-cdk/core:newStyleStackSynthesis': true },
      // Not what is asked here; synth-validation.test.ts does.
      builtinCloudFormationValidation: false,
    });
    const caCertificates = root + intermediate;
    const github = { ...GITHUB.github, fleets: [{ name: 'gpu', labels: ['gpu'], max: 4 }] };
    const config = { ...GITLAB, github, proxy: PROXY, caCertificates };
    const stack = new ScalerStack(app, resolveConfig(config));
    // Writes the code of both functions.
    app.synth();
    template = Template.fromStack(stack);
  });

  afterAll(() => {
    rmSync(outdir, { recursive: true });
  });

  function variablesOf(prefix: string): Readonly<Record<string, string>> {
    const { Environment } = only(template, 'AWS::Lambda::Function', prefix).Properties as {
      readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
    };
    return Environment.Variables;
  }

  test('lie in a file beside the code of each', () => {
    const codes = readdirSync(outdir).filter((name) => existsSync(join(outdir, name, 'index.js')));
    expect(codes.length).toBe(2);
    for (const code of codes) {
      expect(readFileSync(join(outdir, code, 'ca.pem'), 'utf8')).toBe(root + intermediate);
    }
  });

  test('are named to the registrar by its variables', () => {
    expect(variablesOf('Registrar')).toMatchObject({ RUNNER_SCALER_CA_FILE: 'ca.pem' });
  });

  test('are named to the scaler by its variables', () => {
    const { RUNNER_SCALER_GITHUB: _, ...variables } = variablesOf('ScalerFunction');
    const gitlab = {
      url: 'https://gitlab.corp.example',
      tokenSecret: 't',
      scope: { kind: 'instance' },
    };
    const settings = decodeSettings({
      ...variables,
      // What the stack knows only when it is deployed.
      [ENV.queueUrl]: queueUrl,
      RUNNER_SCALER_GITLAB: JSON.stringify(gitlab),
    });
    expect(settings).toMatchObject({
      caFile: 'ca.pem',
      proxy: { url: PROXY.url, noProxy: expect.arrayContaining(['.amazonaws.com']) },
    });
  });
});
