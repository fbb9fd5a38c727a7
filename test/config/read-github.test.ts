import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { fleetUserData } from '../../config/fleet-user-data.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ResolvedConfig, ResolvedFleet } from '../../config/resolved-config.ts';
import {
  decodeGitHubDemand,
  GITHUB_DEMAND_LIMIT,
  GITHUB_PREFIX_LIMIT,
} from '../../lambda/scaler/contract.ts';
import { MONITORED } from './monitored.ts';

const ACCOUNT = 'eu-central-1:111122223333';
const SECRET = `arn:aws:secretsmanager:${ACCOUNT}:secret:github-app-a1B2c3`;
const KEY = `arn:aws:kms:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const ACME = { owners: ['acme'] };
const FLEET = { name: 'gpu', labels: ['acme', 'gpu'], max: 4 };

describe('github in the config', () => {
  test('alone: nothing of CircleCI is read, and what is left out has its documented default', () => {
    const { fleets, ...scaler } = resolved({ ...ACME, fleets: [FLEET] });
    expect(scaler).toEqual({
      name: 'ci',
      github: {
        url: 'https://github.com',
        scope: { kind: 'owners', owners: ['acme'] },
        app: {},
        webhook: false,
        runner: {},
      },
      tags: {},
      passIntervalSeconds: 15,
      wakeUps: true,
      metrics: true,
      monitoring: MONITORED,
      dryRun: false,
      logRetentionDays: 30,
    });
    expect(fleets).toEqual([
      expect.objectContaining({
        source: 'github',
        resourceClass: 'gpu',
        group: 'ci.gpu',
        url: 'https://github.com',
        labels: ['acme', 'gpu'],
        at: 'acme',
        demand: '{"labels":["acme","gpu","x64"],"at":"acme","prefix":"ci.gpu-"}',
        max: 4,
        instanceTypes: ['m7i.large'],
        idleTimeoutSeconds: 300,
      }),
    ]);
    expect(fleets[0]).not.toHaveProperty('token');
  });

  test('what is given is kept, and the machines have the options of every fleet', () => {
    const sha256 = { arm64: 'a'.repeat(64) };
    const { github, fleets, passIntervalSeconds } = resolved(
      {
        url: 'https://github.example.com/',
        repositories: ['acme/app', 'Acme/web'],
        appSecretArn: SECRET,
        appKmsKeyArn: KEY,
        webhook: true,
        agent: { version: '2.330.1', sha256 },
        fleets: [
          {
            ...FLEET,
            labels: ['self-hosted', 'Linux', 'ARM64', 'acme'],
            registerAt: 'ACME',
            runnerGroup: 'big machines',
            purchase: 'spot',
            architecture: 'arm64',
            maxRunTimeMinutes: 60,
          },
        ],
      },
      { passIntervalSeconds: 30 },
    );
    expect({ github, passIntervalSeconds }).toEqual({
      github: {
        url: 'https://github.example.com',
        scope: { kind: 'repositories', repositories: ['acme/app', 'Acme/web'] },
        app: { existingSecretArn: SECRET, kmsKeyArn: KEY },
        webhook: true,
        runner: { version: '2.330.1', sha256 },
      },
      passIntervalSeconds: 30,
    });
    expect(fleets).toEqual([
      expect.objectContaining({
        at: 'ACME',
        architecture: 'arm64',
        purchase: { option: 'spot', onDemandBase: 0 },
        maxRunTimeSeconds: 3_600,
      }),
    ]);
    expect(demandOf(fleets[0])).toEqual({
      labels: ['acme', 'arm64'],
      at: 'ACME',
      prefix: 'ci.gpu-',
      group: 'big machines',
    });
  });

  test('beside CircleCI: its fleets come after those of CircleCI and before those of GitLab', () => {
    const { fleets, circleci, passIntervalSeconds } = resolved(
      { ...ACME, fleets: [FLEET] },
      {
        resourceClasses: [{ resourceClass: 'acme/linux', max: 1 }],
        gitlab: {
          url: 'https://gitlab.example.com',
          scope: 'instance',
          fleets: [{ name: 'lab', runner: 1, max: 1 }],
        },
      },
    );
    expect(circleci).toBeDefined();
    expect(passIntervalSeconds).toBe(15);
    expect(fleets.map(({ source, resourceClass }) => [source, resourceClass])).toEqual([
      ['circleci', 'acme/linux'],
      ['github', 'gpu'],
      ['gitlab', 'lab'],
    ]);
  });

  test.each([5, 14])('is not read every %d seconds', (passIntervalSeconds) => {
    expect(problemsOf({ ...ACME, fleets: [FLEET] }, { passIntervalSeconds })).toEqual([
      `passIntervalSeconds is ${passIntervalSeconds}; allowed: a whole number from 15 to 60`,
    ]);
  });

  test('puts nothing in the user data that only the deployment knows, so that it is compressed', () => {
    const { fleets } = resolved({ ...ACME, url: 'https://github.example.com', fleets: [FLEET] });
    const [fleet] = fleets;
    if (fleet === undefined) throw new Error('there is no fleet');
    const userData = fleetUserData({ name: 'ci', wakeUps: true }, fleet);
    expect(gunzipSync(userData).toString()).toContain("GITHUB_URL='https://github.example.com'");
  });

  test.each([
    [['Self-Hosted'], ['Self-Hosted', 'x64']],
    [
      ['LINUX', 'X64'],
      ['LINUX', 'X64'],
    ],
    [
      ['x64', 'self-hosted', 'acme'],
      ['acme', 'x64'],
    ],
  ])('finds the jobs of a fleet with %j by %j', (labels, matched) => {
    const { fleets } = resolved({ ...ACME, fleets: [{ ...FLEET, labels }] });
    expect(demandOf(fleets[0])?.labels).toEqual(matched);
  });

  test.each(['cost center', 'team/ci', 'größe', '_index'])(
    'refuses the tag %s, with which EC2 would launch no machine',
    (key) => {
      const tags = { [key]: 'x', 'cost-center:2026@acme': 'y' };
      expect(problemsOf({ ...ACME, fleets: [FLEET] }, { tags })).toEqual([
        `tags[${JSON.stringify(key)}] has a key that EC2 does not show to machines; allowed with github, whose machines read one of their tags: letters without accents, digits and + - = . _ : @`,
      ]);
    },
  );
});

test('leaves room for the tags of a group of GitHub', () => {
  const tags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
  expect(problemsOf({ ...ACME, fleets: [FLEET] }, { tags: tags(38) })).toEqual([]);
  expect(problemsOf({ ...ACME, fleets: [FLEET] }, { tags: tags(39) })).toEqual([
    'tags has 39 entries; allowed: up to 38',
  ]);
});

describe('where runners are registered', () => {
  test.each([
    ['the only owner', ACME, {}, 'acme'],
    ['the only repository', { repositories: ['acme/app'] }, {}, 'acme/app'],
    ['a repository of an owner', ACME, { registerAt: 'acme/app' }, 'acme/app'],
    ['the owner of a repository', { repositories: ['acme/app'] }, { registerAt: 'acme' }, 'acme'],
    ['an owner in other case', ACME, { registerAt: 'ACME' }, 'ACME'],
  ])('may be %s', (_, scope, fleet, at) => {
    const { fleets } = resolved({ ...scope, fleets: [{ ...FLEET, ...fleet }] });
    expect(fleets).toEqual([expect.objectContaining({ at })]);
    expect(demandOf(fleets[0])?.at).toBe(at);
  });

  test.each([
    [
      'is missing where there are several owners',
      { owners: ['acme', 'beta'] },
      {},
      'registerAt is missing; needed: where its runners are registered, because there are several owners: "acme", "beta"',
    ],
    [
      'is missing where there are several repositories',
      { repositories: ['a/1', 'a/2', 'a/3', 'a/4'] },
      {},
      'registerAt is missing; needed: where its runners are registered, because there are several repositories: "a/1", "a/2", "a/3", …',
    ],
    [
      'is another owner',
      ACME,
      { registerAt: 'acme-2' },
      'registerAt is "acme-2"; allowed: one of owners, or a repository of one ("acme"), because no other jobs are counted',
    ],
    [
      'is a repository whose jobs are not counted',
      { repositories: ['acme/app'] },
      { registerAt: 'acme/application' },
      'registerAt is "acme/application"; allowed: one of repositories, or the owner of one ("acme/app"), because no other jobs are counted',
    ],
    [
      'is an address',
      ACME,
      { registerAt: 'https://github.com/acme' },
      `registerAt is "https://github.com/acme"; allowed: an organisation, such as 'acme', or a repository, such as 'acme/app', without the address of GitHub`,
    ],
    [
      'has a group at a repository',
      { repositories: ['acme/app'] },
      { runnerGroup: 'big' },
      'runnerGroup is "big"; allowed: only with an organisation as registerAt, which is "acme/app": a repository has no groups; leave it out',
    ],
  ])('is refused when it %s', (_, scope, fleet, problem) => {
    expect(problemsOf({ ...scope, fleets: [{ ...FLEET, ...fleet }] })).toEqual([
      `github.fleets[0] (gpu): ${problem}`,
    ]);
  });
});

describe('the names of runners', () => {
  const prefixOf = (scaler: string, name: string): string => {
    const { fleets } = resolveConfig({
      name: scaler,
      github: { ...ACME, fleets: [{ ...FLEET, name }] },
    });
    return demandOf(fleets[0])?.prefix ?? '';
  };

  test('begin with the name of the group, which no other scaler and class has', () => {
    expect(prefixOf('ci', 'gpu-a')).toBe('ci.gpu-a-');
    expect(prefixOf('ci-gpu', 'a')).toBe('ci-gpu.a-');
    expect(prefixOf('ci', 'a/b:c+d')).toBe('ci.a.b..c.-d-');
  });

  test('are shortened where they would be longer than GitHub takes, and still differ', () => {
    const long = 'n'.repeat(90);
    const prefixes = [prefixOf('ci', `${long}1`), prefixOf('ci', `${long}2`)];
    expect(prefixes).toEqual(Array(2).fill(expect.stringMatching(/^ci\.n{32}-[0-9a-f]{8}-$/)));
    expect(new Set(prefixes).size).toBe(2);
    expect(prefixes.map(({ length }) => length)).toEqual([
      GITHUB_PREFIX_LIMIT,
      GITHUB_PREFIX_LIMIT,
    ]);
    expect(prefixOf('ci', 'n'.repeat(GITHUB_PREFIX_LIMIT - 'ci.-'.length))).toBe(
      `ci.${'n'.repeat(GITHUB_PREFIX_LIMIT - 'ci.-'.length)}-`,
    );
  });
});

describe('labels', () => {
  test.each([
    ['an empty list', [], /^labels is \[\]; allowed: a list of 1 to 97 texts, each a label/],
    ['a text', 'gpu', /^labels is "gpu"; allowed: a list of 1 to 97 texts/],
    ['a comma', ['a,b'], /^labels\[0\] is "a,b"; allowed: a label of up to 100 characters/],
    ['a blank at the end', ['gpu '], /^labels\[0\] is "gpu "; allowed: a label/],
    ['a repetition', ['gpu', 'gpu'], /^labels\[1\] is "gpu", which is in the list already; remove/],
    [
      'a repetition in other case',
      ['gpu', 'GPU'],
      /^labels has "GPU" twice, because GitHub ignores the case of labels; remove one$/,
    ],
    [
      "a label of GitHub's machines",
      ['Ubuntu-Latest'],
      /^labels has "Ubuntu-Latest", which is a label of GitHub's own machines: jobs that ask for it run there; allowed: other labels, such as "acme-Ubuntu-Latest"$/,
    ],
    [
      "a label of GitHub's machines beside another",
      ['acme', 'ubuntu-24.04-arm'],
      /^labels has "ubuntu-24.04-arm", /,
    ],
    [
      'the other architecture',
      ['acme', 'ARM64'],
      /^labels has "ARM64", but the architecture of its machines is "x86_64"; remove the label, or choose instance types of that architecture$/,
    ],
  ])('that are %s are refused', (_, labels, problem) => {
    const [first = '', ...others] = problemsOf({ ...ACME, fleets: [{ ...FLEET, labels }] });
    expect(others).toEqual([]);
    expect(first).toMatch(/^github\.fleets\[0\] \(gpu\): /);
    expect(first.replace('github.fleets[0] (gpu): ', '')).toMatch(problem);
  });

  test.each(['windows-2025', 'macos-15-xlarge', 'ubuntu-slim', 'ubuntu-22.04'])(
    'of GitHub such as %s are refused where GitHub has machines, and no others',
    (label) => {
      const labelled = (url?: string) => ({
        ...ACME,
        url,
        fleets: [{ ...FLEET, labels: [label] }],
      });
      expect(problemsOf(labelled())).toHaveLength(1);
      expect(problemsOf(labelled('https://acme.ghe.com'))).toHaveLength(1);
      expect(problemsOf(labelled('https://github.example.com'))).toEqual([]);
      const other = { ...ACME, fleets: [{ ...FLEET, labels: [`acme-${label}`] }] };
      expect(problemsOf(other)).toEqual([]);
    },
  );

  test('are refused where they make the tag longer than AWS takes', () => {
    const labels = ['l'.repeat(100), 'm'.repeat(60)];
    const rest =
      GITHUB_DEMAND_LIMIT -
      '{"labels":["","","x64"],"at":"acme","prefix":"ci.gpu-","group":""}'.length -
      labels.join('').length;
    const grouped = (length: number) => ({
      ...ACME,
      fleets: [{ ...FLEET, labels, runnerGroup: 'g'.repeat(length) }],
    });
    expect(demandOf(resolved(grouped(rest)).fleets[0])?.group).toHaveLength(rest);
    expect(problemsOf(grouped(rest + 1))).toEqual([
      "github.fleets[0] (gpu): labels, registerAt and runnerGroup make 257 characters of the group's tag; allowed: 256; give the fleet fewer or shorter labels",
    ]);
  });
});

describe('two fleets with the same labels', () => {
  const pair = (one: object, other: object) => ({
    owners: ['acme', 'beta'],
    fleets: [
      { ...FLEET, registerAt: 'acme', ...one },
      { ...FLEET, name: 'other', registerAt: 'acme', ...other },
    ],
  });

  test.each([
    ['as they stand', {}, {}],
    ['in other order and case', { labels: ['GPU', 'Acme'] }, {}],
    ['but for those of every runner', { labels: ['gpu', 'acme', 'self-hosted', 'x64'] }, {}],
    ['at a place in other case', {}, { registerAt: 'Acme' }],
    ['at the organisation and at one of its repositories', {}, { registerAt: 'acme/app' }],
    ['at a repository and at its organisation', { registerAt: 'acme/app' }, {}],
    ['in two runner groups', { runnerGroup: 'a' }, { runnerGroup: 'b' }],
  ])('are refused: %s', (_, one, other) => {
    const [problem = '', ...others] = problemsOf(pair(one, other));
    expect(others).toEqual([]);
    expect(problem).toMatch(
      /^github\.fleets\[1\] \(other\): labels are those of github\.fleets\[0\] \("acme", "gpu"\), whose runners take jobs of the same repositories; allowed: one fleet per set of labels, .* give one of them a label more$/,
    );
  });

  test.each([
    ['one label more', {}, { labels: ['acme', 'gpu', 'large'] }],
    ['another organisation', {}, { registerAt: 'beta' }],
    ['two repositories', { registerAt: 'acme/app' }, { registerAt: 'acme/web' }],
    ['a repository whose name begins alike', { registerAt: 'acme/a' }, { registerAt: 'acme/ab' }],
    // A job asks for one of them by x64 or arm64.
    ['another architecture', {}, { architecture: 'arm64' }],
  ])('may be, with %s', (_, one, other) => {
    expect(problemsOf(pair(one, other))).toEqual([]);
  });
});

function demandOf(fleet: ResolvedFleet | undefined) {
  return fleet?.source === 'github' ? decodeGitHubDemand(fleet.demand) : undefined;
}

function resolved(github: object, rest: object = {}): ResolvedConfig {
  return resolveConfig({ name: 'ci', github, ...rest });
}

function problemsOf(github: unknown, rest: object = {}): readonly string[] {
  try {
    resolveConfig({ name: 'ci', github, ...rest });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
