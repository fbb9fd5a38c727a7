import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import type { GitHubConfig } from '../../config/github-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import {
  decodeFleetTags,
  decodeSettings,
  ENV,
  SOURCE_ENV,
  SWEEP_EVENT,
  TAG,
  TOKEN_PLACEHOLDER,
} from '../../lambda/scaler/contract.ts';
import { REGISTRAR_TAG } from '../../runner-userdata/linux/agents/github/settings.ts';
import { resourcesOf, templateOf } from '../../lib/template.ts';
import { configOf, only, outputsOf, statementsOf } from './stack-fixture.ts';

const ACCOUNT = 'eu-central-1:111122223333';
const SECRET = `arn:aws:secretsmanager:${ACCOUNT}:secret:github-app-a1B2c3`;
const KEY = `arn:aws:kms:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const ACME: GitHubConfig = {
  owners: ['acme'],
  fleets: [{ name: 'gpu/big', labels: ['acme', 'gpu'], max: 4, purchase: 'spot' }],
};
const WITH_WEBHOOK: GitHubConfig = { ...ACME, webhook: true };
const OWN_APP: GitHubConfig = { ...WITH_WEBHOOK, appSecretArn: SECRET, appKmsKeyArn: KEY };
const alone = (github: GitHubConfig, rest: Partial<ScalerConfig> = {}): ScalerConfig => ({
  name: 'ci',
  github,
  ...rest,
});

describe('the stack of GitHub alone', () => {
  const template = templateOf(alone(ACME));

  test('has one secret, for the App, and nothing of CircleCI', () => {
    const secrets = Object.values(template.findResources('AWS::SecretsManager::Secret'));
    expect(secrets.map(({ Properties }: { Properties?: object }) => Properties)).toEqual([
      { Description: 'GitHub App of runner-scaler ci', SecretString: TOKEN_PLACEHOLDER },
    ]);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/circleci/i);
  });

  test('prints a command that fills the secret from the file of the key', () => {
    const [fill, ...others] = outputsOf(template, 'ScalerGitHubAppFill').map((value) =>
      JSON.stringify(value),
    );
    expect(others).toEqual([]);
    expect(fill).toMatch(/JSON\.stringify\(\{ appId: .* APP_ID KEY\.pem \| aws secretsmanager put/);
  });

  test('has no address that anybody may call', () => {
    template.resourceCountIs('AWS::Lambda::Permission', 0);
    expect(only(template, 'AWS::Lambda::Url').Properties['AuthType']).toBe('AWS_IAM');
    expect(outputsOf(template, 'Webhook')).toEqual([]);
  });

  test('hands the function settings that it can decode', () => {
    const given = environmentOf(templateOf(alone(OWN_APP)), 'Scaler');
    expect(given).not.toHaveProperty(SOURCE_ENV.circleci);
    const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/111122223333/events';
    const settings = decodeSettings({ ...given, [ENV.queueUrl]: queueUrl });
    expect(settings.passIntervalSeconds).toBe(15);
    expect(settings.sources).toEqual({
      github: {
        url: 'https://github.com',
        appSecret: SECRET,
        scope: { kind: 'owners', owners: ['acme'] },
      },
    });
  });
});

describe('the registrar', () => {
  test('is told of GitHub what the scaler is told, and which runner to install', () => {
    const pinned = {
      ...OWN_APP,
      agent: { version: '2.336.0', sha256: { x86_64: 'a'.repeat(64) } },
    };
    const template = templateOf(alone(pinned));
    const given = environmentOf(template, 'Registrar');
    expect(given).toEqual({
      [ENV.name]: 'ci',
      [SOURCE_ENV.github]: environmentOf(template, 'Scaler')[SOURCE_ENV.github],
      RUNNER_SCALER_GITHUB_RUNNER: JSON.stringify({
        version: '2.336.0',
        sha256: { x64: 'a'.repeat(64) },
      }),
    });
    const newest = environmentOf(templateOf(alone(OWN_APP)), 'Registrar');
    expect(newest['RUNNER_SCALER_GITHUB_RUNNER']).toBe('{}');
  });

  test('may describe, and read the App; the key of the user opens that secret only', () => {
    const statements = statementsOf(templateOf(alone(OWN_APP)), 'RegistrarEndpointRole');
    expect(statements).toEqual([
      expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
      {
        Action: [
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeAutoScalingInstances',
        ],
        Effect: 'Allow',
        Resource: '*',
      },
      { Action: 'secretsmanager:GetSecretValue', Effect: 'Allow', Resource: SECRET },
      {
        Action: 'kms:Decrypt',
        Effect: 'Allow',
        Resource: KEY,
        Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': SECRET } },
      },
    ]);
  });

  test('has a log and a time limit, and no execution that is kept from it', () => {
    const template = templateOf(alone(ACME));
    const { Properties } = only(template, 'AWS::Lambda::Function', 'Registrar');
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 300,
    });
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(only(template, 'AWS::Logs::LogGroup', 'Registrar').Properties).toMatchObject({
      LogGroupName: '/runner-scaler/ci/registrar',
      RetentionInDays: 30,
    });
  });
});

describe('the schedule of the registrar', () => {
  const template = templateOf(alone(ACME));

  test('calls it each hour with the event of a sweep, and does not repeat it', () => {
    const { Properties } = only(template, 'AWS::Scheduler::Schedule', 'Registrar');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(1 hour)',
      Target: {
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^Registrar/), 'Arn'] },
        Input: JSON.stringify(SWEEP_EVENT),
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    });
    expect(only(template, 'AWS::Lambda::EventInvokeConfig', 'Registrar').Properties).toMatchObject({
      MaximumRetryAttempts: 0,
    });
  });

  test('may do that, and nothing else', () => {
    expect(statementsOf(template, 'RegistrarScheduleRole')).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        Effect: 'Allow',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RegistrarEndpoint/), 'Arn'] },
      },
    ]);
  });
});

describe('the webhook', () => {
  const template = templateOf(alone(WITH_WEBHOOK));

  test('has an address that GitHub may call, by the address only', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission')).map(
      ({ Properties }: { Properties?: object }) => Properties,
    );
    expect(permissions).toEqual([
      expect.objectContaining({
        Action: 'lambda:InvokeFunctionUrl',
        FunctionUrlAuthType: 'NONE',
        FunctionName: { 'Fn::GetAtt': [expect.stringMatching(/^Webhook/), 'Arn'] },
      }),
      expect.objectContaining({
        Action: 'lambda:InvokeFunction',
        InvokedViaFunctionUrl: true,
        FunctionName: { 'Fn::GetAtt': [expect.stringMatching(/^Webhook/), 'Arn'] },
      }),
    ]);
  });

  test('has a secret that is made at random and shown by a command, not in the template', () => {
    const { Properties } = only(template, 'AWS::SecretsManager::Secret', 'Webhook');
    expect(Properties).toEqual({
      Description: 'webhook secret of the GitHub App of runner-scaler ci',
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    });
    const [show] = outputsOf(template, 'WebhookShowSecret');
    expect(JSON.stringify(show)).toContain('--query SecretString --output text');
    expect(outputsOf(template, 'WebhookAddress')).toEqual([
      { 'Fn::GetAtt': [expect.stringMatching(/^Webhook.*Url/), 'FunctionUrl'] },
    ]);
  });

  test('may tell the scaler that demand has changed, and nothing else', () => {
    expect(statementsOf(template, 'WebhookEndpointRole')).toContainEqual({
      Action: 'events:PutEvents',
      Effect: 'Allow',
      Resource: expect.anything(),
      Condition: {
        'ForAllValues:StringEquals': {
          'events:source': ['runner-scaler.ci/github'],
          'events:detail-type': ['Demand Changed'],
        },
        Null: { 'events:source': 'false', 'events:detail-type': 'false' },
      },
    });
  });

  test('reaches the scaler by a rule, also where machines do not wake it', () => {
    for (const wakeUps of [true, false]) {
      const rule = only(
        templateOf(alone(WITH_WEBHOOK, { wakeUps })),
        'AWS::Events::Rule',
        'ScalerEventsDemandChanged',
      );
      expect(rule.Properties['EventPattern']).toEqual({
        source: ['runner-scaler.ci/github'],
        'detail-type': ['Demand Changed'],
      });
    }
    expect(JSON.stringify(resourcesOf(alone(ACME)))).not.toContain('Demand Changed');
  });

  test('and the registrar get no more at a time than the scaler, where that reserves any', () => {
    const reserved = templateOf(alone(WITH_WEBHOOK, { reservedConcurrency: 5 }));
    const functions = Object.values(reserved.findResources('AWS::Lambda::Function'));
    expect(
      functions.map(
        ({ Properties }: { Properties?: Readonly<Record<string, unknown>> }) =>
          Properties?.['ReservedConcurrentExecutions'],
      ),
    ).toEqual([5, 5, 5]);
  });
});

describe('a fleet of GitHub', () => {
  const template = templateOf(alone(OWN_APP));
  const statements = statementsOf(template, 'Fleetgpubig');

  test('has no right to any secret: it may call the registrar, by its address only', () => {
    expect(JSON.stringify(statements)).not.toMatch(/secretsmanager|kms/);
    const registrar = { 'Fn::GetAtt': [expect.stringMatching(/^Registrar/), 'Arn'] };
    expect(statements.slice(0, 2)).toEqual([
      {
        Action: 'lambda:InvokeFunctionUrl',
        Effect: 'Allow',
        Resource: registrar,
        Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
      },
      {
        Action: 'lambda:InvokeFunction',
        Effect: 'Allow',
        Resource: registrar,
        Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      },
    ]);
  });

  test('carries what the scaler and the registrar understand of it', () => {
    const { Properties } = only(template, 'AWS::AutoScaling::AutoScalingGroup');
    const tags = new Map(
      (Properties['Tags'] as readonly { Key: string; Value: unknown }[]).map((tag) => [
        tag.Key,
        tag.Value,
      ]),
    );
    expect(tags.get(TAG.role)).toEqual({ Ref: expect.stringMatching(/^FleetgpubigRole/) });
    tags.delete(TAG.role);
    expect(decodeFleetTags(tags as ReadonlyMap<string, string>)).toEqual({
      ok: true,
      tags: {
        source: 'github',
        resourceClass: 'gpu/big',
        headroom: 0,
        demand: '{"labels":["acme","gpu","x64"],"at":"acme","prefix":"ci.gpu.big-"}',
      },
    });
  });

  test('finds the address of the registrar in a tag, which its machines may read', () => {
    const { Properties } = only(template, 'AWS::AutoScaling::AutoScalingGroup');
    expect(Properties['Tags']).toContainEqual({
      Key: REGISTRAR_TAG,
      Value: { 'Fn::GetAtt': [expect.stringMatching(/^Registrar/), 'FunctionUrl'] },
      PropagateAtLaunch: true,
    });
    const { LaunchTemplateData } = only(template, 'AWS::EC2::LaunchTemplate').Properties as {
      readonly LaunchTemplateData: { readonly MetadataOptions: object };
    };
    expect(LaunchTemplateData.MetadataOptions).toMatchObject({
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: 'enabled',
    });
  });
});

describe('beside CircleCI', () => {
  const before = resourcesOf(configOf());
  const after = resourcesOf(configOf({}, { github: WITH_WEBHOOK }));

  test('GitHub changes nothing of CircleCI but what the function is told and may do, and who may send it events', () => {
    const changed = Object.keys(before).filter(
      (id) => JSON.stringify(after[id]) !== JSON.stringify(before[id]),
    );
    expect(changed.map((id) => before[id]?.Type)).toEqual([
      'AWS::IAM::Policy',
      'AWS::SQS::QueuePolicy',
      'AWS::Lambda::Function',
      'AWS::CloudWatch::Dashboard',
    ]);
  });

  test('a config without GitHub leaves no trace of it', () => {
    expect(JSON.stringify(before)).not.toMatch(/github|registrar|webhook/i);
    expect(JSON.stringify(after)).toMatch(/github/i);
  });

  test.each<[string, Partial<ScalerConfig>]>([
    ['in a VPC of its own', {}],
    [
      "in the user's, with the functions in it",
      {
        network: {
          vpcId: 'vpc-0123456789abcdef0',
          subnetIds: ['subnet-0123456789abcdef0'],
          scaler: { subnetIds: ['subnet-0123456789abcdef1'] },
        },
      },
    ],
  ])('%s, everything but the classes is less than what config/limits.ts allows for', (_, more) => {
    const everything = configOf(
      { machineLogs: true },
      {
        ...more,
        github: WITH_WEBHOOK,
        gitlab: {
          url: 'https://gitlab.example.com',
          scope: 'instance',
          fleets: [{ name: 'lab', runner: 1, max: 1 }],
        },
      },
    );
    // The record of the config is mostly of its classes, and counts with them.
    const {
      Resources: resources = {},
      Metadata: _record,
      ...others
    }: Record<string, object> = templateOf(everything).toJSON();
    const ids = Object.keys(resources);
    const rest = Object.entries(resources).filter(([id]) => !id.startsWith('Fleet'));
    expect(rest.length).toBeLessThan(80);
    expect(JSON.stringify([rest, others]).length).toBeLessThan(25_000 + 25_000);
    for (const fleet of ['Fleetacmelinux', 'Fleetgpubig', 'Fleetlab']) {
      expect(ids.filter((id) => id.startsWith(fleet)).length).toBeLessThanOrEqual(6);
    }
  });
});

function environmentOf(template: Template, prefix: string): Readonly<Record<string, string>> {
  const { Environment } = only(template, 'AWS::Lambda::Function', prefix).Properties as {
    readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
  };
  return Environment.Variables;
}
