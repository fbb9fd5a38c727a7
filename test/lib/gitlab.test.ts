import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import type { GitLabConfig } from '../../config/gitlab-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import {
  decodeFleetTags,
  decodeSettings,
  ENV,
  SOURCE_ENV,
  TAG,
  TOKEN_PLACEHOLDER,
} from '../../lambda/scaler/contract.ts';
import { type Resources, resourcesOf, templateOf } from '../../lib/template.ts';
import { configOf, only, outputsOf, statementsOf } from './stack-fixture.ts';

const ACCOUNT = 'eu-central-1:111122223333';
const SECRET = `arn:aws:secretsmanager:${ACCOUNT}:secret:gitlab-token-a1B2c3`;
const KEY = `arn:aws:kms:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const INSTANCE: GitLabConfig = {
  url: 'https://gitlab.example.com',
  scope: 'instance',
  fleets: [{ name: 'acme/big.linux', runner: 12, max: 4 }],
};
const GROUP: GitLabConfig = {
  url: 'https://gitlab.com',
  scope: { group: 'acme' },
  fleets: [
    { name: 'spot', runner: 12, tags: ['computetype-spot'], max: 4, purchase: 'spot' },
    { name: 'demand', runner: 34, tags: ['computetype-ondemand'], runUntagged: true, max: 4 },
  ],
};
const alone = (gitlab: GitLabConfig): ScalerConfig => ({ name: 'ci', gitlab });

describe('the stack of GitLab alone', () => {
  const template = templateOf(alone(INSTANCE));

  test('has a secret for the API token and one for the runner, and none of CircleCI', () => {
    const secrets = Object.values(template.findResources('AWS::SecretsManager::Secret'));
    expect(secrets.map(({ Properties }: { Properties?: object }) => Properties)).toEqual([
      {
        Description: 'GitLab API token of runner-scaler ci',
        SecretString: TOKEN_PLACEHOLDER,
      },
      {
        Description: 'runner token of the GitLab fleet acme/big.linux',
        // A machine finds the secret by its role.
        Name: { 'Fn::Join': ['', ['runner-scaler/', { Ref: expect.stringContaining('Role') }]] },
        SecretString: TOKEN_PLACEHOLDER,
      },
    ]);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/circleci/i);
  });

  test('hands the function settings that it can decode', () => {
    const given = environmentOf(templateOf(alone({ ...INSTANCE, tokenSecretArn: SECRET })));
    expect(given).not.toHaveProperty(SOURCE_ENV.circleci);
    const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/111122223333/events';
    expect(decodeSettings({ ...given, [ENV.queueUrl]: queueUrl }).sources).toEqual({
      circleci: undefined,
      gitlab: {
        url: 'https://gitlab.example.com',
        tokenSecret: SECRET,
        scope: { kind: 'instance' },
      },
    });
  });

  test('prints a command to fill each of its secrets', () => {
    const fills = outputsOf(template, 'ScalerGitLabApiTokenFill');
    expect([...fills, ...outputsOf(template, 'FleetacmebiglinuxTokenFill')]).toHaveLength(2);
    expect(JSON.stringify(fills)).toContain('(read -rs TOKEN; printf %s');
  });
});

describe('the fleets of GitLab', () => {
  test('carry what the source understands of them', () => {
    const groups = Object.values(resourcesOf(alone(GROUP))).filter(
      ({ Type }) => Type === 'AWS::AutoScaling::AutoScalingGroup',
    );
    expect(groups.map(({ Properties }) => decodeFleetTags(tagsOf(Properties)))).toEqual([
      {
        ok: true,
        tags: {
          source: 'gitlab',
          resourceClass: 'spot',
          headroom: 0,
          demand: '{"runner":12,"tags":["computetype-spot"]}',
        },
      },
      {
        ok: true,
        tags: {
          source: 'gitlab',
          resourceClass: 'demand',
          headroom: 0,
          demand: '{"runner":34,"tags":["computetype-ondemand"],"untagged":true}',
        },
      },
    ]);
  });

  test("may each read its own runner's token, and the function the API token alone", () => {
    const template = templateOf(alone(GROUP));
    const readable = (prefix: string) =>
      statementsOf(template, prefix).filter((statement) =>
        JSON.stringify(statement).includes('secretsmanager:GetSecretValue'),
      );
    const reads = (secret: string) => [
      {
        Action: 'secretsmanager:GetSecretValue',
        Effect: 'Allow',
        Resource: { Ref: expect.stringMatching(secret) },
      },
    ];
    expect(readable('Fleetspot')).toEqual(reads('^FleetspotToken'));
    expect(readable('Fleetdemand')).toEqual(reads('^FleetdemandToken'));
    expect(readable('ScalerRole')).toEqual(reads('^ScalerGitLabApiToken'));
  });

  test('may decrypt with the key of the user, for that secret only', () => {
    const [fleet] = INSTANCE.fleets;
    const own = { tokenSecretArn: SECRET, tokenKmsKeyArn: KEY };
    const fleets = fleet ? [{ ...fleet, ...own }] : [];
    const template = templateOf(alone({ ...INSTANCE, ...own, fleets }));
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    for (const prefix of ['ScalerRole', 'Fleetacmebiglinux']) {
      expect(statementsOf(template, prefix)).toContainEqual({
        Action: 'kms:Decrypt',
        Effect: 'Allow',
        Resource: KEY,
        Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': SECRET } },
      });
    }
  });
});

describe('beside CircleCI', () => {
  const before = resourcesOf(configOf());
  const after = resourcesOf(configOf({}, { gitlab: GROUP }));

  test('GitLab changes nothing of CircleCI but what the function is told and may read', () => {
    const changed = Object.keys(before).filter(
      (id) => JSON.stringify(after[id]) !== JSON.stringify(before[id]),
    );
    expect(changed.map((id) => before[id]?.Type)).toEqual([
      'AWS::IAM::Policy',
      'AWS::Lambda::Function',
      'AWS::CloudWatch::Dashboard',
    ]);
    const ofCircleCi = (resources: Resources) =>
      environmentIn(resources)[SOURCE_ENV.circleci] ?? 'missing';
    expect(ofCircleCi(after)).toEqual(ofCircleCi(before));
  });

  test('a config without GitLab leaves no trace of it', () => {
    expect(JSON.stringify(before)).not.toMatch(/gitlab/i);
    expect(JSON.stringify(after)).toMatch(/gitlab/i);
  });
});

type Environment = Readonly<Record<string, string>>;

function environmentOf(template: Template): Environment {
  return variablesOf(only(template, 'AWS::Lambda::Function').Properties);
}

function environmentIn(resources: Resources): Environment {
  const found = Object.values(resources).find(({ Type }) => Type === 'AWS::Lambda::Function');
  return variablesOf(found?.Properties ?? {});
}

function variablesOf(properties: Readonly<Record<string, unknown>>): Environment {
  const { Environment } = properties as {
    readonly Environment: { readonly Variables: Environment };
  };
  return Environment.Variables;
}

function tagsOf(properties: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const { Tags } = properties as {
    readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
  };
  expect(Tags.map(({ Key }) => Key)).toContain(TAG.demand);
  return new Map(Tags.map(({ Key, Value }) => [Key, Value]));
}
