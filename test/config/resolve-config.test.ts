import { describe, expect, test } from '@jest/globals';
import { config } from '../../config.ts';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { MONITORED } from './monitored.ts';

const VALID = { name: 'ci', resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }] };
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:circleci-token-a1B2c3';
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

describe('config of a scaler', () => {
  test('the config of the project is usable', () => {
    expect(resolveConfig(config).fleets).not.toHaveLength(0);
  });

  test('what is left out has its documented default', () => {
    const { fleets: _, ...scaler } = resolveConfig(VALID);
    expect(scaler).toEqual({
      name: 'ci',
      circleci: {
        url: 'https://runner.circleci.com',
        api: 'counts',
        callsPerSecond: 0,
        apiToken: {},
      },
      tags: {},
      passIntervalSeconds: 10,
      wakeUps: true,
      metrics: true,
      monitoring: MONITORED,
      dryRun: false,
      logRetentionDays: 30,
    });
  });

  test('what is given is kept', () => {
    const network = { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] };
    const sha256 = { arm64: 'a'.repeat(64) };
    const { fleets, ...scaler } = resolveConfig({
      ...VALID,
      circleci: {
        url: 'https://circleci.example.com/',
        api: 'auto',
        callsPerSecond: 60,
        existingTokenSecretArn: SECRET,
        tokenKmsKeyArn: KEY,
      },
      network,
      tags: { team: 'ci' },
      passIntervalSeconds: 60,
      wakeUps: false,
      metrics: false,
      dryRun: true,
      logRetentionDays: 7,
      reservedConcurrency: 3,
      agent: { version: '3.2.0', sha256 },
    });
    expect(scaler).toEqual({
      name: 'ci',
      circleci: {
        url: 'https://circleci.example.com',
        api: 'auto',
        callsPerSecond: 60,
        apiToken: { existingSecretArn: SECRET, kmsKeyArn: KEY },
      },
      network: { ...network, securityGroupIds: [], ipv6Only: false },
      tags: { team: 'ci' },
      passIntervalSeconds: 60,
      wakeUps: false,
      metrics: false,
      monitoring: { dashboard: false },
      dryRun: true,
      logRetentionDays: 7,
      reservedConcurrency: 3,
    });
    const agent = { version: '3.2.0', sha256 };
    expect(fleets).toMatchObject([{ url: 'https://circleci.example.com', agent }]);
  });

  test('a server of your own is assumed to take 100 calls a second', () => {
    const circleci = { url: 'https://circleci.example.com' };
    expect(resolveConfig({ ...VALID, circleci }).circleci?.callsPerSecond).toBe(100);
  });

  test('a key whose value is undefined counts as left out', () => {
    expect(resolveConfig({ ...VALID, passIntervalSeconds: undefined }).passIntervalSeconds).toBe(
      10,
    );
  });

  test('tags may have any letters, and no value', () => {
    const tags = {
      Größe: '',
      ['k'.repeat(127)]: 'v'.repeat(255),
      'cost center': 'a/b=c+d@e_f.g:h',
    };
    expect(resolveConfig({ ...VALID, tags }).tags).toEqual(tags);
  });

  test('all mistakes are reported together, those of different entries included', () => {
    const problems = problemsOf({
      name: '1',
      dryRun: 'yes',
      resourceClasses: [{ resourceClass: 'acme', max: 1 }, { resourceClass: 'acme/b' }],
    });
    expect(problems).toHaveLength(4);
    expect(problems.join('\n')).toMatch(/name .*dryRun .*\[0\].*resourceClass .*\[1\].*max /s);
  });

  test('the error lists its problems line by line', () => {
    expect(new ConfigError(['one', 'two']).message).toBe('config is not usable:\n  - one\n  - two');
  });

  test.each([undefined, null, 7, 'x', [], () => VALID])('%p is refused as a config', (value) => {
    expect(problemsOf(value)).toHaveLength(1);
    expect(problemsOf(value)[0]).toMatch(
      /^the config is .*; allowed: an object with the keys name/,
    );
  });

  const mistakes: readonly (readonly [string, object, string])[] = [
    ['no name', { name: undefined }, 'name is missing; needed: up to 32 letters'],
    [
      'a name of other characters',
      { name: 'ci runners' },
      'name is "ci runners"; allowed: up to 32 letters, digits and hyphens, beginning with a letter',
    ],
    ['a name that is too long', { name: 'c'.repeat(33) }, 'name is "ccc'],
    ['a name of another type', { name: 5 }, 'name is 5; allowed: up to 32'],
    [
      'an unknown key like a known one',
      { dryrun: true },
      'unknown key "dryrun"; did you mean dryRun?',
    ],
    [
      'an unknown key that is part of a known one',
      { passInterval: 5 },
      'unknown key "passInterval"; did you mean passIntervalSeconds?',
    ],
    [
      'an unknown key like none',
      { colour: 'red' },
      'unknown key "colour"; allowed: name, circleci, network',
    ],
    [
      'an unknown key in a section',
      { circleci: { uri: 'https://a.example' } },
      'circleci: unknown key "uri"; did you mean url?',
    ],
    [
      'a section that is no object',
      { circleci: 'https://a.example' },
      'circleci is "https://a.example"; allowed: an object with the keys url',
    ],
    [
      'a URL without a scheme',
      { circleci: { url: 'circleci.example.com' } },
      'circleci: url is "circleci.example.com"; allowed: an https URL',
    ],
    [
      'a URL without encryption',
      { circleci: { url: 'http://circleci.example.com' } },
      'circleci: url is "http://circleci.example.com"; allowed: an https URL',
    ],
    [
      'a URL with a password',
      { circleci: { url: 'https://a:b@circleci.example.com' } },
      'allowed: an https URL without query, credentials',
    ],
    [
      'a URL of another type',
      { circleci: { url: 7 } },
      'circleci: url is 7; allowed: an https URL',
    ],
    [
      'the website instead of the API',
      { circleci: { url: 'https://app.circleci.com' } },
      'allowed: https://runner.circleci.com for CircleCI Cloud',
    ],
    [
      'a URL with the path of the API',
      { circleci: { url: 'https://runner.circleci.com/api/v3' } },
      'allowed: the base URL, without the path of the API',
    ],
    [
      'a partial secret ARN',
      { circleci: { existingTokenSecretArn: SECRET.slice(0, -7) } },
      'circleci: existingTokenSecretArn is "arn:aws:secretsmanager',
    ],
    [
      'the name of a secret',
      { circleci: { existingTokenSecretArn: 'circleci-token' } },
      'allowed: the complete ARN of a secret',
    ],
    [
      'a key without a secret',
      { circleci: { tokenKmsKeyArn: KEY } },
      'allowed: only together with existingTokenSecretArn',
    ],
    [
      'an alias as a key',
      { circleci: { existingTokenSecretArn: SECRET, tokenKmsKeyArn: 'alias/ci' } },
      'circleci: tokenKmsKeyArn is "alias/ci"; allowed: the ARN of a KMS key',
    ],
    [
      'a key of another Region than its secret',
      {
        circleci: {
          existingTokenSecretArn: SECRET,
          tokenKmsKeyArn: KEY.replace('eu-central-1', 'eu-west-1'),
        },
      },
      'allowed: a key of the Region of existingTokenSecretArn, which is eu-central-1',
    ],
    [
      'a network without subnets',
      { network: { vpcId: 'vpc-0123456789abcdef0' } },
      'network: subnetIds is missing; needed: a list of 1 to 20',
    ],
    [
      'an empty list of subnets',
      { network: { vpcId: 'vpc-01234567', subnetIds: [] } },
      'network: subnetIds is []; allowed: a list of 1 to 20',
    ],
    [
      'a bad VPC id',
      { network: { vpcId: 'vpc-xyz', subnetIds: ['subnet-01234567'] } },
      'network: vpcId is "vpc-xyz"; allowed: an id such as vpc-',
    ],
    [
      'a bad subnet id',
      { network: { vpcId: 'vpc-01234567', subnetIds: ['subnet-01234567', 'vpc-01234567'] } },
      'network: subnetIds[1] is "vpc-01234567"; allowed: an id such as subnet-',
    ],
    [
      'a subnet named twice',
      { network: { vpcId: 'vpc-01234567', subnetIds: ['subnet-01234567', 'subnet-01234567'] } },
      'network: subnetIds[1] is "subnet-01234567", which is in the list already',
    ],
    [
      'a bad security group id',
      {
        network: {
          vpcId: 'vpc-01234567',
          subnetIds: ['subnet-01234567'],
          securityGroupIds: ['default'],
        },
      },
      'network: securityGroupIds[0] is "default"; allowed: an id such as sg-',
    ],
    [
      'an address that the environment of a function has no room for',
      { circleci: { url: `https://circleci.example.com/${'x'.repeat(1_000)}` } },
      'circleci: url is "https://circleci.example.com/xxx',
    ],
    ['tags as a list', { tags: ['a'] }, "tags is [ 'a' ]; allowed: an object of names and values"],
    [
      'a tag of AWS',
      { tags: { 'aws:team': 'ci' } },
      'tags["aws:team"] is set by AWS or by this stack',
    ],
    [
      'a tag of this project',
      { tags: { 'runner-scaler:name': 'x' } },
      'tags["runner-scaler:name"] is set by AWS or by this stack',
    ],
    ['the tag Name', { tags: { Name: 'x' } }, 'tags["Name"] is set by AWS or by this stack'],
    ['a tag that cannot be a text', { tags: { team: { toString: {} } } }, 'tags["team"] is'],
    ['an empty tag key', { tags: { '': 'x' } }, 'tags[""] has a key that AWS refuses'],
    [
      'two tags whose keys differ only in case, which IAM refuses',
      { tags: { Environment: 'a', team: 'b', environment: 'c' } },
      'tags["environment"] differs from tags["Environment"] only in the case of letters, which IAM ignores; ' +
        'allowed: one of the two',
    ],
    [
      'two tags whose keys differ only in the case of a letter beyond ASCII',
      { tags: { Größe: 'a', GRÖßE: 'b' } },
      'tags["GRÖßE"] differs from tags["Größe"] only in the case',
    ],
    [
      'a tag value that is reserved',
      { tags: { origin: 'AWS:ci' } },
      'tags["origin"] is "AWS:ci"; allowed: up to 255 letters, digits, spaces and _ . : / = + - @, not beginning with aws:',
    ],
    [
      'a tag key that Secrets Manager finds too long',
      { tags: { ['k'.repeat(128)]: 'x' } },
      'has a key that AWS refuses; allowed: 1 to 127 letters',
    ],
    [
      'a tag key of letters that count twice',
      { tags: { ['𝒜'.repeat(64)]: 'x' } },
      'has a key that AWS refuses; allowed: 1 to 127 letters',
    ],
    [
      'a tag value that Secrets Manager finds too long',
      { tags: { team: 'v'.repeat(256) } },
      'allowed: up to 255 letters',
    ],
    [
      'a tag that is a number',
      { tags: { cost: 7 } },
      'tags["cost"] is 7; allowed: up to 255 letters',
    ],
    [
      'too many tags',
      { tags: Object.fromEntries(Array.from({ length: 41 }, (_, n) => [`t${n}`, ''])) },
      'tags has 41 entries; allowed: up to 40',
    ],
    [
      'an interval beyond a minute',
      { passIntervalSeconds: 61 },
      'passIntervalSeconds is 61; allowed: a whole number from 5 to 60',
    ],
    [
      'an interval as text',
      { passIntervalSeconds: '5' },
      'passIntervalSeconds is "5"; allowed: a whole number from 5 to 60',
    ],
    [
      'an interval that is null',
      { passIntervalSeconds: null },
      'passIntervalSeconds is null; allowed: a whole number from 5 to 60',
    ],
    [
      'a retention CloudWatch does not know',
      { logRetentionDays: 10 },
      'logRetentionDays is 10; allowed: one of 1, 3, 5, 7',
    ],
    [
      'fewer calls a second than containers',
      { circleci: { callsPerSecond: 2 } },
      'circleci: callsPerSecond is 2; allowed: a whole number from 3 to 10000',
    ],
    [
      'an API that there is not',
      { circleci: { api: 'fleet' } },
      'circleci: api is "fleet"; allowed: "counts" or "fleets" or "auto"',
    ],
    [
      'reserving less concurrency than runs at a time',
      { reservedConcurrency: 2 },
      'reservedConcurrency is 2; allowed: a whole number from 3 to 10',
    ],
    [
      'an agent that is too old',
      { agent: { version: '3.1.12' } },
      'agent: version is "3.1.12"; allowed: 3.1.13 or a later release',
    ],
    [
      'a text that is not an agent version',
      { agent: { version: 'current' } },
      'agent: version is "current"; allowed: 3.1.13 or a later release',
    ],
    [
      'a short checksum',
      { agent: { sha256: { x86_64: 'abc' } } },
      'agent: sha256: x86_64 is "abc"; allowed: 64 hexadecimal digits',
    ],
    [
      'a checksum of no architecture',
      { agent: { sha256: { amd64: 'a'.repeat(64) } } },
      'agent: sha256: unknown key "amd64"; allowed: x86_64, arm64',
    ],
    [
      'no classes',
      { resourceClasses: [] },
      'resourceClasses is []; allowed: a list of at least one resource class',
    ],
    [
      'classes as an object',
      { resourceClasses: {} },
      'resourceClasses is {}; allowed: a list of at least one',
    ],
    [
      'a class that is no object',
      { resourceClasses: ['acme/linux'] },
      'resourceClasses[0] is "acme/linux"; allowed: an object with the keys resourceClass',
    ],
  ];

  test.each(mistakes)('%s is refused, and nothing else with it', (_title, change, message) => {
    expect(problemsOf({ ...VALID, ...change })).toEqual([expect.stringContaining(message)]);
  });

  test.each(['3.1.13', '3.1.14', '3.2.0', '4.0.0', '3.1.100'])(
    'agent %s is accepted',
    (version) => {
      expect(resolveConfig({ ...VALID, agent: { version } }).fleets).toMatchObject([
        { agent: { version } },
      ]);
    },
  );
});

/** The problems of a config that must have some. */
function problemsOf(config: unknown): readonly string[] {
  try {
    resolveConfig(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
