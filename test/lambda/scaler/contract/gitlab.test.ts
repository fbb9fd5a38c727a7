import { describe, expect, test } from '@jest/globals';
import {
  decodeFleetTags,
  decodeGitLabDemand,
  decodeSettings,
  encodeFleetTags,
  encodeGitLabDemand,
  encodeSettings,
  ENV,
  GITLAB_DEMAND_LIMIT,
  type GitLabScope,
  type GitLabSettings,
  type Settings,
  SOURCE_ENV,
} from '../../../../lambda/scaler/contract.ts';

const GITLAB: GitLabSettings = {
  url: 'https://gitlab.example.com/ci',
  tokenSecret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:t',
  scope: { kind: 'instance' },
};

function withGitLab(change: object) {
  return { [ENV.name]: 'ci', [SOURCE_ENV.gitlab]: JSON.stringify({ ...GITLAB, ...change }) };
}

describe("GitLab's settings", () => {
  test.each<GitLabScope>([
    { kind: 'instance' },
    { kind: 'group', group: 'acme/platform' },
    { kind: 'projects', projects: ['acme/app', 42] },
  ])('arrive as they were sent, with the scope %j', (scope) => {
    const sent: Settings = {
      name: 'ci',
      sources: { gitlab: { ...GITLAB, scope } },
      passIntervalSeconds: 10,
      queueUrl: undefined,
      metrics: true,
      dryRun: false,
    };
    expect(decodeSettings(encodeSettings(sent))).toEqual(sent);
  });

  test.each([
    ['instance'],
    [{ kind: 'group' }],
    [{ kind: 'group', group: ' ' }],
    [{ kind: 'projects', projects: [] }],
    [{ kind: 'projects', projects: ['acme/app', 1.5] }],
    [{ kind: 'user' }],
    [null],
  ])('refuse the scope %j', (scope) => {
    expect(() => decodeSettings(withGitLab({ scope }))).toThrow(
      `RUNNER_SCALER_GITLAB: scope is ${JSON.stringify(scope)}; allowed: {"kind":"instance"}, `,
    );
  });

  test('that are wrong are all reported together', () => {
    const env = withGitLab({ url: 'gitlab.example.com', tokenSecret: '', api: 'graphql' });
    expect(() => decodeSettings(env)).toThrow(
      [
        '  - RUNNER_SCALER_GITLAB has the key "api"; allowed: url, tokenSecret, scope',
        '  - RUNNER_SCALER_GITLAB: url is "gitlab.example.com"; allowed: an http or https URL without query, credentials or fragment',
        '  - RUNNER_SCALER_GITLAB: tokenSecret is ""; allowed: the id or ARN of a secret',
      ].join('\n'),
    );
  });
});

describe('the tag runner-scaler:demand of a fleet of GitLab', () => {
  test.each([
    ['{"runner":123}', { runner: 123 }],
    [
      '{"runner":123,"tags":["a","b c"],"untagged":true}',
      { runner: 123, tags: ['a', 'b c'], untagged: true },
    ],
  ])('%s is written and read', (text, demand) => {
    expect(encodeGitLabDemand(demand)).toBe(text);
    expect(decodeGitLabDemand(text)).toEqual({ tags: [], untagged: false, ...demand });
  });

  test.each([
    undefined,
    '',
    '123',
    '{}',
    '{"runner":"123"}',
    '{"runner":0}',
    '{"runner":1.5}',
    '{"runner":1,"tags":"a"}',
    '{"runner":1,"tags":[""]}',
    '{"runner":1,"untagged":"yes"}',
    '{"runner":1,"tag":["a"]}',
    encodeGitLabDemand({ runner: 1, tags: ['x'.repeat(GITLAB_DEMAND_LIMIT)] }),
  ])('%j is refused with what is allowed', (demand) => {
    const tags = encodeFleetTags('ci', {
      source: 'gitlab',
      resourceClass: 'linux',
      headroom: 0,
      ...(demand !== undefined && { demand }),
    });
    expect(decodeFleetTags(new Map(Object.entries(tags)))).toEqual({
      ok: false,
      problems: [expect.stringContaining('; allowed: JSON such as {"runner":123}')],
    });
  });

  test.each(['linux', 'acme/linux:large+4.x_1', 'x'.repeat(100)])(
    'goes with a class named %s',
    (resourceClass) => {
      const tags = {
        source: 'gitlab',
        resourceClass,
        demand: '{"runner":1}',
        headroom: 0,
      } as const;
      const encoded = new Map(Object.entries(encodeFleetTags('ci', tags)));
      expect(decodeFleetTags(encoded)).toEqual({ ok: true, tags });
    },
  );

  test.each(['', 'li nux', 'x'.repeat(101), 'linux\n', 'a*'])(
    'goes with no class named %j',
    (resourceClass) => {
      const tags = {
        source: 'gitlab',
        resourceClass,
        demand: '{"runner":1}',
        headroom: 0,
      } as const;
      const encoded = new Map(Object.entries(encodeFleetTags('ci', tags)));
      expect(decodeFleetTags(encoded)).toEqual({
        ok: false,
        problems: [expect.stringContaining('allowed: 1 to 100 letters, digits and _ . / : + -')],
      });
    },
  );
});
