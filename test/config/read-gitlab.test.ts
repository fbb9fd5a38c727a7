import { describe, expect, test } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import { fleetUserData } from '../../config/fleet-user-data.ts';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import { decodeGitLabDemand } from '../../lambda/scaler/contract.ts';
import { MONITORED } from './monitored.ts';

const ACCOUNT = 'eu-central-1:111122223333';
const SECRET = `arn:aws:secretsmanager:${ACCOUNT}:secret:gitlab-token-a1B2c3`;
const KEY = `arn:aws:kms:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const URL = 'https://gitlab.example.com';

const INSTANCE = { url: URL, scope: 'instance' };
const GROUP = { url: 'https://gitlab.com', scope: { group: 'acme/platform' } };
const FLEET = { name: 'linux', runner: 12, max: 4 };
const TAGGED = { ...FLEET, tags: ['linux'] };

describe('gitlab in the config', () => {
  test('alone: nothing of CircleCI is read, and what is left out has its documented default', () => {
    const { fleets, ...scaler } = resolved({ ...INSTANCE, fleets: [FLEET] });
    expect(scaler).toEqual({
      name: 'ci',
      gitlab: { url: URL, scope: { kind: 'instance' }, apiToken: {} },
      tags: {},
      passIntervalSeconds: 10,
      wakeUps: true,
      metrics: true,
      monitoring: MONITORED,
      dryRun: false,
      logRetentionDays: 30,
    });
    expect(fleets).toEqual([
      expect.objectContaining({
        source: 'gitlab',
        resourceClass: 'linux',
        group: 'ci.linux',
        url: URL,
        runner: 12,
        demand: '{"runner":12}',
        executor: 'docker',
        token: {},
        max: 4,
        instanceTypes: ['m7i.large'],
        idleTimeoutSeconds: 300,
      }),
    ]);
  });

  test('the agent and the image of jobs reach the user data of the machines', () => {
    const { fleets } = resolved({
      ...INSTANCE,
      agent: { version: '18.2.1', sha256: { arm64: 'a'.repeat(64) } },
      fleets: [{ ...FLEET, defaultImage: 'registry.example.com/ci/base:3' }],
    });
    const [fleet] = fleets;
    if (fleet === undefined) throw new Error('there is no fleet');
    const userData = fleetUserData({ name: 'ci', wakeUps: true }, fleet);
    const script = gunzipSync(userData).toString();
    expect(script).toContain("AGENT_VERSION='18.2.1'");
    expect(script).toContain(`AGENT_SHA256_ARM64='${'a'.repeat(64)}'`);
    expect(script).toContain("DEFAULT_IMAGE='registry.example.com/ci/base:3'");
  });

  test('what is given is kept, and the machines have the options of every fleet', () => {
    const token = { tokenSecretArn: SECRET, tokenKmsKeyArn: KEY };
    const { gitlab, fleets } = resolved({
      url: 'https://example.com/gitlab/',
      scope: { projects: ['acme/app', 42] },
      ...token,
      fleets: [
        {
          ...TAGGED,
          runUntagged: true,
          executor: 'shell',
          purchase: 'spot',
          architecture: 'arm64',
          maxRunTimeMinutes: 60,
          ...token,
        },
      ],
    });
    expect(gitlab).toEqual({
      url: 'https://example.com/gitlab',
      scope: { kind: 'projects', projects: ['acme/app', 42] },
      apiToken: { existingSecretArn: SECRET, kmsKeyArn: KEY },
    });
    expect(fleets).toMatchObject([
      {
        url: 'https://example.com/gitlab',
        executor: 'shell',
        purchase: { option: 'spot', onDemandBase: 0 },
        architecture: 'arm64',
        maxRunTimeSeconds: 3_600,
        token: { existingSecretArn: SECRET, kmsKeyArn: KEY },
      },
    ]);
    expect(decodeGitLabDemand(demandOf(fleets))).toEqual({
      runner: 12,
      tags: ['linux'],
      untagged: true,
    });
  });

  test('with resourceClasses: theirs come first', () => {
    const { circleci, fleets } = resolved(
      { ...GROUP, fleets: [TAGGED] },
      { resourceClasses: [{ resourceClass: 'acme/linux', max: 1 }] },
    );
    expect(circleci).toBeDefined();
    expect(fleets.map(({ resourceClass }) => resourceClass)).toEqual(['acme/linux', 'linux']);
  });

  test('with circleci and without resourceClasses: CircleCI is read for groups made by hand', () => {
    expect(resolved({ ...INSTANCE, fleets: [FLEET] }, { circleci: {} }).circleci).toBeDefined();
  });

  test.each(['http://127.0.0.1:3000', 'http://localhost', 'http://[::1]:80'])(
    'a GitLab at %s may be asked without TLS',
    (url) => {
      expect(resolved({ ...INSTANCE, url, fleets: [FLEET] }).gitlab?.url).toBe(
        url.replace(':80', ''),
      );
    },
  );

  test('a thousand machines are the most', () => {
    const fleets = [{ ...FLEET, max: 1_000 }];
    expect(resolved({ ...INSTANCE, fleets }).fleets).toMatchObject([{ max: 1_000 }]);
  });

  test('jobs without tags alone will do', () => {
    const { fleets } = resolved({ ...GROUP, fleets: [{ ...FLEET, runUntagged: true }] });
    expect(demandOf(fleets)).toBe('{"runner":12,"untagged":true}');
  });

  test('all mistakes are reported together', () => {
    const problems = problemsOf({
      url: 'gitlab.example.com',
      fleets: [{ ...FLEET, max: 0 }, { name: 'a b' }],
    });
    expect(problems).toEqual([
      expect.stringMatching(/^gitlab: url is "gitlab.example.com"; allowed: an https URL/),
      expect.stringMatching(/^gitlab: scope is missing; needed: 'instance', \{ group/),
      expect.stringMatching(/^gitlab\.fleets\[0\] \(linux\): max is 0; allowed: .* 1 to 1000, /),
      expect.stringMatching(/^gitlab\.fleets\[1\] \(a b\): name is "a b"; allowed: 1 to 100 /),
      expect.stringMatching(/^gitlab\.fleets\[1\] \(a b\): runner is missing; needed: a whole /),
      expect.stringMatching(/^gitlab\.fleets\[1\] \(a b\): max is missing; needed: /),
    ]);
  });

  type Mistake = readonly [title: string, gitlab: object, message: string];
  const entry = (options: object) => ({ ...INSTANCE, fleets: [{ ...FLEET, ...options }] });
  const grouped = (options: object) => ({ ...GROUP, fleets: [{ ...FLEET, ...options }] });
  const scoped = (scope: unknown) => ({ url: URL, scope, fleets: [TAGGED] });
  const at = (url: unknown) => ({ ...INSTANCE, url, fleets: [FLEET] });

  test.each<Mistake>([
    ['no address', at(undefined), 'gitlab: url is missing; needed: an https URL'],
    ['an address without TLS', at('http://gitlab.example.com'), 'http for a loopback address only'],
    ['an address with a query', at(`${URL}/?a=b`), 'allowed: an https URL without query'],
    ['an address with a token', at('https://a:glpat-0123456789@x.com'), 'is "https://***@x.com"'],
    ['an address of an API', at(`${URL}/api/v4`), 'without the path of the API'],
    ["GitLab's website", at('https://about.gitlab.com'), 'allowed: https://gitlab.com for'],
    ['a long address', at(`${URL}/${'a'.repeat(500)}`), 'allowed: at most 500 characters'],
    [
      'the whole of gitlab.com',
      { url: 'https://gitlab.com', scope: 'instance', fleets: [FLEET] },
      'gitlab: scope is "instance"; allowed: { group: … } or { projects: […] } with gitlab.com, because the jobs of a whole instance are shown to its administrators only',
    ],
    ['a scope in another word', scoped('all'), `gitlab: scope is "all"; allowed: 'instance', {`],
    ['a scope of nothing', scoped({}), 'gitlab: scope: names neither group nor projects; allowed'],
    ['a scope of two', scoped({ group: 'a', projects: ['a/b'] }), 'names both group and projects'],
    ['a scope of a topic', scoped({ group: 'a', topic: 'b' }), 'scope: unknown key "topic"'],
    ['a group by its address', scoped({ group: `${URL}/acme` }), 'allowed: the path of a group'],
    ['a group by its id', scoped({ group: 42 }), 'gitlab: scope: group is 42; allowed: the path'],
    ['no projects', scoped({ projects: [] }), 'allowed: a list of at least one project'],
    [
      'a project without group',
      scoped({ projects: ['app'] }),
      'projects[0] is "app"; allowed: the',
    ],
    ['a project by half an id', scoped({ projects: [1.5] }), 'projects[0] is 1.5; allowed: the'],
    ['a project twice', scoped({ projects: [7, 7] }), 'projects[1] is 7, which is in the list'],
    [
      'projects without end',
      scoped({ projects: Array.from({ length: 300 }, (_, n) => 1_000_000 + n) }),
      'projects has 2401 characters as JSON; allowed: 2000; name the group of the projects instead',
    ],
    ['no fleets', { ...INSTANCE }, 'gitlab: fleets is missing; needed: a list of at least one'],
    [
      'an empty list of fleets',
      { ...INSTANCE, fleets: [] },
      'gitlab: fleets is []; allowed: a list',
    ],
    [
      'a fleet that is no object',
      { ...INSTANCE, fleets: [7] },
      'gitlab.fleets[0] is 7; allowed: an',
    ],
    ['a key of CircleCI', entry({ resourceClass: 'acme/linux' }), 'unknown key "resourceClass"'],
    ['more machines than are counted', entry({ max: 1_001 }), 'no further'],
    ['a name that is too long', entry({ name: 'n'.repeat(101) }), 'allowed: 1 to 100 letters'],
    [
      'a runner by its token',
      entry({ runner: 'glrt-t1_0123456789' }),
      'runner is "***"; allowed: a',
    ],
    ['no runner', entry({ runner: undefined }), 'runner is missing; needed: a whole number'],
    ['a runner of half a number', entry({ runner: 1.5 }), 'the id that GitLab shows as #123'],
    ['an executor that there is not', entry({ executor: 'ssh' }), '"docker" or "shell"'],
    [
      'a default image for the shell',
      entry({ executor: 'shell', defaultImage: 'ubuntu:24.04' }),
      'defaultImage is "ubuntu:24.04"; allowed: only with the executor docker; leave it out',
    ],
    [
      'an image that is none',
      entry({ defaultImage: 'two words' }),
      'allowed: the name of an image, such as ubuntu:24.04',
    ],
    [
      'an agent that is too old',
      { ...INSTANCE, fleets: [FLEET], agent: { version: '15.11.0' } },
      'gitlab: agent: version is "15.11.0"; allowed: 16.0.0 or a later release',
    ],
    [
      'a checksum that is none',
      { ...INSTANCE, fleets: [FLEET], agent: { sha256: { x86_64: 'F00' } } },
      'x86_64 is "F00"; allowed: 64 hexadecimal digits in lower case',
    ],
    ['tags in the scope of all', entry({ tags: ['a'] }), 'tags is ['],
    [
      'untagged jobs in the scope of all',
      entry({ runUntagged: true }),
      "runUntagged is true; allowed: only with a group or projects as scope: with 'instance' GitLab itself says which jobs the runner takes; leave it out",
    ],
    ['no jobs at all', grouped({}), 'has neither tags nor runUntagged; needed: the tags of the'],
    ['no jobs, in words', grouped({ tags: [], runUntagged: false }), 'has neither tags nor'],
    ['an empty tag', grouped({ tags: [''] }), 'tags[0] is ""; allowed: a tag of up to 255'],
    ['tags in one text', grouped({ tags: ['a,b'] }), 'tags[0] is "a,b"; allowed: a tag'],
    ['tags as a text', grouped({ tags: 'a' }), 'tags is "a"; allowed: a list of 0 to 50 texts'],
    ['a word for a flag', grouped({ runUntagged: 'yes' }), 'runUntagged is "yes"; allowed: true'],
    [
      'tags that are too long',
      grouped({ tags: ['a'.repeat(250)] }),
      "runner and tags make 275 characters of the group's tag; allowed: 256; give the runner fewer or shorter tags",
    ],
    [
      'a token for an ARN',
      entry({ tokenSecretArn: 'glrt-t1_01234' }),
      'a text of 13 characters, not',
    ],
    [
      'half an ARN',
      { ...INSTANCE, fleets: [FLEET], tokenSecretArn: SECRET.slice(0, -7) },
      SECRET.slice(0, 40),
    ],
    ['a key without a secret', entry({ tokenKmsKeyArn: KEY }), 'only together with tokenSecretArn'],
    [
      'the same runner twice',
      { ...INSTANCE, fleets: [FLEET, { ...FLEET, name: 'b' }] },
      'gitlab.fleets[1] (b): runner is 12, as in gitlab.fleets[0]; allowed: one fleet per runner, because each would start machines for all jobs of the runner; make another runner in GitLab',
    ],
  ])('%s is refused, and nothing else with it', (_title, gitlab, message) => {
    expect(problemsOf(gitlab)).toEqual([expect.stringContaining(message)]);
  });

  test.each([7, 'x', []])('%p is refused as gitlab', (gitlab) => {
    expect(problemsOf(gitlab)).toEqual([
      expect.stringMatching(/^gitlab is .*; allowed: an object with the keys url, scope, /),
    ]);
  });

  test("CircleCI's agent is refused without CircleCI", () => {
    const agent = { version: '3.2.0' };
    expect(problemsOf({ ...INSTANCE, fleets: [FLEET] }, { agent })).toEqual([
      expect.stringMatching(/^agent is .*; allowed: only with resourceClasses, because it is Ci/),
    ]);
  });

  test('an empty list of resourceClasses is refused; left out it is not', () => {
    expect(problemsOf({ ...INSTANCE, fleets: [FLEET] }, { resourceClasses: [] })).toEqual([
      'resourceClasses is []; allowed: a list of at least one resource class',
    ]);
  });
});

function resolved(gitlab: unknown, others: object = {}): ResolvedConfig {
  return resolveConfig({ name: 'ci', ...others, gitlab });
}

function demandOf(fleets: ResolvedConfig['fleets']): string {
  const [fleet] = fleets;
  return fleet?.source === 'gitlab' ? fleet.demand : '';
}

/** The problems of a config that must have some. */
function problemsOf(gitlab: unknown, others: object = {}): readonly string[] {
  try {
    resolved(gitlab, others);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
