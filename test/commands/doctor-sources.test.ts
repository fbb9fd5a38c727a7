/** Set-ups of GitHub and GitLab, and of several sources at once, that are broken in one way each. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../../commands/doctor/finding.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { SOURCE_ENV, type SourceName } from '../../lambda/scaler/contract.ts';
import { type DoctorStage, healthy } from './doctor-stage.ts';
import { LINUX } from './local-stage.ts';

let it: DoctorStage;

afterEach(async () => it.close());

const GITHUB: ScalerConfig = {
  name: 'ci',
  github: {
    owners: ['acme'],
    webhook: true,
    fleets: [{ name: 'linux', labels: ['linux'], max: 3, registerAt: 'acme' }],
  },
};

const OF_GITLAB = { name: 'shell', runner: 101, max: 3, tags: ['linux'] } as const;
const GITLAB: ScalerConfig = {
  name: 'ci',
  gitlab: { url: 'https://gitlab.corp.example', scope: { group: 'acme' }, fleets: [OF_GITLAB] },
};

const ALL: ScalerConfig = {
  ...GITHUB,
  ...GITLAB,
  resourceClasses: [{ resourceClass: LINUX, max: 1 }],
};

interface Broken {
  readonly what: string;
  readonly config: ScalerConfig;
  readonly break: () => unknown;
  readonly check: Finding['check'];
  readonly said: RegExp;
  readonly remedy: RegExp;
  /** Further problems that it has besides. Default: none. */
  readonly besides?: RegExp;
}

/** The id of the secret with a source's credential. */
function credential(source: SourceName): string {
  const { sources } = it.installation.settings();
  return (
    (source === 'github' ? sources.github?.appSecret : sources[source]?.tokenSecret) ?? 'no secret'
  );
}

function app(change: object): void {
  const { secrets } = it.installation;
  const id = credential('github');
  secrets.set(id, JSON.stringify({ ...JSON.parse(secrets.get(id) ?? ''), ...change }));
}

/** What the function is told of a source, as another config would tell it. */
function told(source: SourceName, change: object): void {
  const { functions, names } = it.installation;
  const { environment = {} } = functions.get(names.function) ?? {};
  const variable = SOURCE_ENV[source];
  const settings = { ...JSON.parse(environment[variable] ?? ''), ...change };
  functions.set(names.function, {
    environment: { ...environment, [variable]: JSON.stringify(settings) },
  });
}

function secretOf(pattern: RegExp): string {
  const found = it.installation.stack?.resources.find(({ logicalId }) => pattern.test(logicalId));
  return found?.physicalId ?? 'no secret';
}

const BROKEN: readonly Broken[] = [
  {
    what: 'the secret of the App has the private key alone',
    config: GITHUB,
    break: () =>
      it.installation.secrets.set(credential('github'), '-----BEGIN RSA PRIVATE KEY-----'),
    check: 'secrets',
    said: /^the secret of the GitHub App holds no JSON object$/,
    remedy: /^npx runner-scaler secret set --source github$/,
  },
  {
    what: 'the secret of the App lacks its id',
    config: GITHUB,
    break: () => app({ appId: undefined }),
    check: 'secrets',
    said: /^the secret of the GitHub App holds no id of a GitHub App at appId$/,
    remedy: /^npx runner-scaler secret set --source github$/,
  },
  {
    what: "the App's key broke off where it was pasted",
    config: GITHUB,
    break: () => app({ privateKey: '-----BEGIN RSA PRIVATE KEY-----\nMIIE' }),
    check: 'secrets',
    said: /^the secret of the GitHub App holds a private key at privateKey that breaks off$/,
    remedy: /^npx runner-scaler secret set --source github$/,
  },
  {
    what: 'the secret of the App was never filled',
    config: GITHUB,
    break: () => it.installation.secrets.set(credential('github'), 'replace-with-the-token'),
    check: 'secrets',
    said: /^the secret of the GitHub App holds the placeholder$/,
    remedy: /^npx runner-scaler secret set --source github$/,
  },
  {
    what: 'key and id are of different Apps',
    config: GITHUB,
    break: () => app({ appId: '4711' }),
    check: 'credential accepted',
    said: /^GitHub refuses the credential: .* answered 401 \(Integration not found\): .*are of the same App/,
    remedy:
      /^mend what it says; a new credential goes into npx runner-scaler secret set --source github$/,
  },
  {
    what: 'the App is not installed at an owner',
    config: GITHUB,
    break() {
      told('github', { scope: { kind: 'owners', owners: ['acme', 'other'] } });
      tag('runner-scaler:demand', '{"labels":["linux"],"at":"other","prefix":"ci-"}');
    },
    check: 'classes',
    said: /^linux cannot be read: .*users\/other\/installation answered 404 .*the App is not installed there/,
    remedy: /^mend what it says in the CI system; or in the config, and npx cdk deploy$/,
  },
  {
    what: 'a repository is not there, or not seen by the App',
    config: GITHUB,
    break: () =>
      told('github', {
        scope: { kind: 'repositories', repositories: ['acme/linux', 'acme/none'] },
      }),
    check: 'classes',
    said: /^a pass warns: the repository acme\/none is left out for an hour, .* answered 404/,
    remedy: /^mend what it says in the CI system/,
  },
  {
    what: 'the runners of a fleet are registered elsewhere than its jobs are read',
    config: GITHUB,
    break: () => told('github', { scope: { kind: 'owners', owners: ['other'] } }),
    check: 'classes',
    said: /^linux cannot be read: the runners of linux are registered at acme, which is not among/,
    remedy: /^mend what it says in the CI system/,
  },
  {
    what: 'the secret of the webhook is empty',
    config: GITHUB,
    break: () => it.installation.secrets.set(secretOf(/^WebhookSecret/), ''),
    check: 'secrets',
    said: /^the secret of GitHub's webhook is empty$/,
    remedy:
      /^aws secretsmanager put-secret-value --secret-id arn:.*webhook.*Webhook secret on the page of the App$/,
  },
  {
    what: 'the secret of the webhook was deleted',
    config: GITHUB,
    break: () => it.installation.secrets.delete(secretOf(/^WebhookSecret/)),
    check: 'secrets',
    said: /^there is no secret arn:\S*webhook\S* for GitHub's webhook$/,
    remedy: /npx cdk deploy$/,
  },
  {
    what: 'the token of GitLab is wrong',
    config: GITLAB,
    break: () => it.installation.secrets.set(credential('gitlab'), 'glpat-another'),
    check: 'credential accepted',
    said: /^GitLab refuses the credential: .* answered 401 .*create one with the scope read_api/,
    remedy: /secret set --source gitlab$/,
  },
  {
    what: 'the token of GitLab is that of a person who is no administrator',
    config: GITLAB,
    break: () => told('gitlab', { scope: { kind: 'instance' } }),
    check: 'classes',
    said: /^shell cannot be read: .*administrator/,
    remedy: /^mend what it says in the CI system/,
  },
  {
    what: 'GitLab does not know the runner',
    config: GITLAB,
    break: () => tag('runner-scaler:demand', '{"runner":999,"tags":["linux"]}'),
    check: 'classes',
    said: /^shell cannot be read: .*999/,
    remedy: /^mend what it says in the CI system/,
  },
  {
    what: 'a runner token of GitLab was never filled',
    config: GITLAB,
    break: () =>
      it.installation.secrets.set(secretOf(/^FleetshellToken/), 'replace-with-the-token'),
    check: 'secrets',
    said: /^the secret of the runner token of shell holds the placeholder$/,
    remedy: /^npx runner-scaler secret set shell$/,
  },
  {
    what: 'one of several credentials is refused',
    config: ALL,
    break: () => it.installation.secrets.set(credential('gitlab'), 'glpat-another'),
    check: 'credential accepted',
    said: /^GitLab refuses the credential: /,
    remedy: /secret set --source gitlab$/,
  },
];

function tag(key: string, value: string): void {
  const { group = '' } = it.config.fleets[0] ?? {};
  it.world.setTag(group, key, value);
}

describe('the doctor finds that', () => {
  test.each(BROKEN.map((broken) => [broken.what, broken] as const))('%s', async (_what, broken) => {
    it = await healthy(broken.config);
    broken.break();
    const wrong = (await it.examined()).filter(({ verdict }) => verdict === 'problem');
    // One mistake is one thing to do.
    expect(wrong).toEqual([
      {
        check: broken.check,
        verdict: 'problem',
        said: expect.stringMatching(broken.said),
        remedy: expect.stringMatching(broken.remedy),
      },
    ]);
  });
});

describe.each([
  ['GitHub', GITHUB],
  ['GitLab', GITLAB],
  ['CircleCI, GitHub and GitLab together', ALL],
] as const)('a set-up of %s', (_name, config) => {
  test('is well', async () => {
    it = await healthy(config);
    const found = await it.examined();
    expect(found.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
  });

  test('shows no secret', async () => {
    it = await healthy(config);
    const { secrets } = it.installation;
    for (const id of secrets.keys()) secrets.set(id, `secret words ${id.length}`);
    expect(JSON.stringify(await it.examined())).not.toContain('secret words');
  });
});

test('each of several credentials is told of', async () => {
  it = await healthy(ALL);
  it.installation.secrets.set(credential('github'), 'no App');
  const found = await it.findings('credential accepted');
  expect(found.map(({ verdict, said }) => [verdict, said])).toEqual([
    ['ok', 'CircleCI accepts the credential'],
    ['unknown', 'this shows when the secret of GitHub can be read and used'],
    ['ok', 'GitLab accepts the credential'],
  ]);
});

test('what the function cannot read, and this machine can, is told in the words of the function', async () => {
  it = await healthy(GITLAB);
  const message = JSON.stringify({
    message: 'pass',
    ResourceClass: 'shell',
    group: it.config.fleets[0]?.group,
    failure: 'timeout',
    error: 'POST https://gitlab.corp.example/api/graphql gave no answer in time',
  });
  it.log.splice(0, it.log.length, { timestamp: it.now() - 60_000, message });
  // A single failure may pass by itself.
  expect(await it.findings('last pass')).toEqual([expect.objectContaining({ verdict: 'ok' })]);
  it.log.push({ timestamp: it.now(), message });
  expect(await it.findings('last pass')).toEqual([
    expect.objectContaining({
      verdict: 'problem',
      said: 'the function cannot read shell (timeout): POST https://gitlab.corp.example/api/graphql gave no answer in time',
      remedy: expect.stringContaining('docs/private-networks.md'),
    }),
  ]);
});
