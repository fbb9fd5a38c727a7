import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';

const ACCOUNT = 'eu-central-1:111122223333';
const SECRET = `arn:aws:secretsmanager:${ACCOUNT}:secret:github-app-a1B2c3`;
const KEY = `arn:aws:kms:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const ACME = { owners: ['acme'] };
const FLEET = { name: 'gpu', labels: ['acme', 'gpu'], max: 4 };

describe('mistakes in github', () => {
  const whole = { ...ACME, fleets: [FLEET] };
  test.each([
    [
      'no object',
      'acme',
      /^github is "acme"; allowed: an object with the keys url, appSecretArn, /,
    ],
    [
      'neither scope',
      { fleets: [FLEET] },
      /^github: names neither owners nor repositories; allowed: exactly one of them$/,
    ],
    [
      'both scopes',
      { ...whole, repositories: ['acme/app'] },
      /^github: names both owners and repositories; allowed: exactly one/,
    ],
    [
      'an unknown key',
      { ...whole, organisations: ['acme'] },
      /^github: unknown key "organisations"; allowed: /,
    ],
    [
      'a key nearly right',
      { ...whole, owner: 'acme' },
      /^github: unknown key "owner"; did you mean owners\?$/,
    ],
    [
      'owners as a text',
      { ...whole, owners: 'acme' },
      /^github: owners is "acme"; allowed: a list of 1 to 1000 texts, each the name of an organisation or a person/,
    ],
    [
      'an address as owner',
      { ...whole, owners: ['github.com/acme'] },
      /^github: owners\[0\] is "github.com\/acme"; allowed: the name of an organisation/,
    ],
    [
      'an owner twice',
      { ...whole, owners: ['acme', 'Acme'], fleets: [{ ...FLEET, registerAt: 'acme' }] },
      /^github: owners\[1\] is "Acme", which is in the list already in other case; remove it$/,
    ],
    [
      'a repository without its owner',
      { repositories: ['app'], fleets: [FLEET] },
      /^github: repositories\[0\] is "app"; allowed: a repository as owner\/name, such as 'acme\/app'/,
    ],
    [
      'http',
      { ...whole, url: 'http://github.example.com' },
      /^github: url is "http:\/\/github\.example\.com"; allowed: an https URL .* because a token is sent there$/,
    ],
    [
      'the address of the API',
      { ...whole, url: 'https://api.github.com' },
      /^github: url is "https:\/\/api\.github\.com"; allowed: https:\/\/github\.com for GitHub\.com/,
    ],
    [
      "the path of a server's API",
      { ...whole, url: 'https://github.example.com/api/v3' },
      /^github: url is .*; allowed: the address as people open it, from which that of its API follows$/,
    ],
    [
      "the address of an enterprise's API",
      { ...whole, url: 'https://api.acme.ghe.com' },
      /^github: url is .*; allowed: the address as people open it/,
    ],
    [
      'the page of an organisation',
      { ...whole, url: 'https://github.com/acme' },
      /^github: url is .*; allowed: https:\/\/github\.com alone; name organisations in owners or repositories$/,
    ],
    [
      'a longer URL than there is room for',
      { ...whole, url: `https://example.com/${'x'.repeat(500)}` },
      /^github: url is .*; allowed: at most 500 characters$/,
    ],
    ['no flag', { ...whole, webhook: 'yes' }, /^github: webhook is "yes"; allowed: true or false$/],
    [
      'an old runner',
      { ...whole, agent: { version: '2.328.0' } },
      /^github: agent: version is "2\.328\.0"; allowed: 2\.329\.0 or a later release/,
    ],
    [
      'a checksum without its version',
      { ...whole, agent: { sha256: { x86_64: 'a'.repeat(64) } } },
      /^github: agent: sha256 is given without version; needed: the version that it belongs to/,
    ],
    [
      'no fleets',
      { ...ACME, fleets: [] },
      /^github: fleets is \[\]; allowed: a list of at least one fleet$/,
    ],
    [
      'a secret of another kind',
      { ...whole, appSecretArn: 'arn:aws:ssm:x' },
      /^github: appSecretArn is "arn:aws:ssm:x"; allowed: the complete ARN of a secret, such as .*github-app-a1B2c3$/,
    ],
    [
      'a key without its secret',
      { ...whole, appKmsKeyArn: KEY },
      /^github: appKmsKeyArn is .*; allowed: only together with appSecretArn$/,
    ],
    [
      'a key of another Region',
      { ...whole, appSecretArn: SECRET, appKmsKeyArn: KEY.replace('central', 'west') },
      /^github: appKmsKeyArn is .*; allowed: a key of the Region of appSecretArn, which is eu-central-1/,
    ],
    [
      'a name with a blank',
      { ...ACME, fleets: [{ ...FLEET, name: 'my gpu' }] },
      /^github\.fleets\[0\] \(my gpu\): name is "my gpu"; allowed: 1 to 100 letters/,
    ],
    [
      'a group of no name',
      { ...ACME, fleets: [{ ...FLEET, runnerGroup: '' }] },
      /^github\.fleets\[0\] \(gpu\): runnerGroup is ""; allowed: the name of a runner group/,
    ],
    [
      'more owners than there is room for',
      {
        owners: Array.from({ length: 60 }, (_, n) => `${'o'.repeat(38)}${n}`),
        fleets: [{ ...FLEET, registerAt: `${'o'.repeat(38)}0` }],
      },
      /^github: owners has \d+ characters as JSON; allowed: 2000; divide them between two scalers$/,
    ],
  ])('%s is refused with one sentence', (_, github, problem) => {
    const [first = '', ...others] = problemsOf(github);
    expect(others).toEqual([]);
    expect(first).toMatch(problem);
  });

  test.each(['ghs_0123456789abcdefghij0123456789abcdef', '-----BEGIN RSA PRIVATE KEY-----\nMIIE'])(
    'a secret in the place of its ARN is not repeated: %s',
    (appSecretArn) => {
      const [problem = ''] = problemsOf({ ...whole, appSecretArn });
      expect(problem).not.toContain(appSecretArn.slice(4, 12));
      expect(problem).toMatch(
        /not shown here because it may be a token; allowed: the complete ARN/,
      );
    },
  );

  test.each([
    ['ghs_0123456789abcdefghij0123456789abcdef'],
    ['github_pat_11AAAAAAA0123456789'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE0123456789'],
  ])('a secret anywhere else is not repeated: %s', (secret) => {
    for (const github of [{ ...whole, webhook: secret }, { ...whole, owners: [secret] }, secret]) {
      expect(problemsOf(github).join()).not.toMatch(/0123456789/);
    }
  });

  test('agent at the top is told where it belongs', () => {
    expect(problemsOf(whole, { agent: { version: '3.1.13' } })).toEqual([
      expect.stringMatching(
        /^agent is .*; allowed: only with resourceClasses, because it is CircleCI's/,
      ),
    ]);
  });
});

function problemsOf(github: unknown, rest: object = {}): readonly string[] {
  try {
    resolveConfig({ name: 'ci', github, ...rest });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
