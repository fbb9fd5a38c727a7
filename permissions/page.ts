/** Writes docs/permissions.md from templates: what they grant, with the reasons from the ledger. */
import { resolveConfig } from '../config/resolve-config.ts';
import type { ScalerConfig } from '../config/scaler-config.ts';
import { resourcesOf } from '../lib/template.ts';
import { type Permission, permissionsOf } from './ledger.ts';
import { standInWords } from './stand-ins.ts';
import { type Grant, grantsOf, rolesOf } from './template-roles.ts';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-a1B2c3';
const APP_KEY = 'arn:aws:kms:eu-central-1:111122223333:key/9876fedc-98fe-76dc-54ba-0987654321fe';
const APP_SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app-d4E5f6';
const UNSHOWN = 'What runners of linux may do';
const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0'],
  scaler: { subnetIds: ['subnet-0123456789abcdef1'] },
};
const OWN_TOKEN = { existingTokenSecretArn: SECRET, tokenKmsKeyArn: KEY };

/**
 * One where the stack makes every secret, one where secrets and keys are the user's, with every option, and two with
 * GitLab and GitHub beside CircleCI. The fleet of GitLab has no table: its role is like that of `acme/linux`.
 */
const CONFIGS: readonly ScalerConfig[] = [
  ...[{}, OWN_TOKEN].map((token) => ({
    name: 'ci',
    circleci: token,
    ...(token === OWN_TOKEN && { network: NETWORK }),
    resourceClasses: [
      { resourceClass: 'acme/linux', max: 4, machineLogs: token === OWN_TOKEN, ...token },
    ],
  })),
  {
    name: 'ci',
    resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }],
    gitlab: {
      url: 'https://gitlab.example.com',
      scope: 'instance',
      fleets: [{ name: 'linux', runner: 12, max: 4 }],
    },
    github: { owners: ['acme'], webhook: true, fleets: [{ name: 'gpu', labels: ['gpu'], max: 4 }] },
  },
  {
    name: 'ci',
    network: NETWORK,
    resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }],
    github: {
      owners: ['acme'],
      webhook: true,
      appSecretArn: APP_SECRET,
      appKmsKeyArn: APP_KEY,
      fleets: [{ name: 'gpu', labels: ['gpu'], max: 4 }],
    },
  },
];

/** What the user can choose, and where. */
const OF_THE_USER = [
  [KEY, 'the key of tokenKmsKeyArn'],
  [SECRET, 'existingTokenSecretArn'],
  [APP_KEY, 'the key of appKmsKeyArn'],
  [APP_SECRET, 'appSecretArn'],
] as const;

const INTRODUCTION = `# Permissions

Written by \`npm run docs\` from the template; do not edit. Every line has its reason in
\`permissions/ledger.ts\`, and a test fails when the template grants more, less or anything else.

The tables are those of a scaler \`ci\` with the one resource class \`acme/linux\`. Each further class, and each fleet of
GitLab, has a role like that of \`acme/linux\`, for its own group and its own secret; each fleet of GitHub one like that of
\`gpu\`, which may read no secret. The registrar and the webhook exist with \`github\` only, the webhook only when it is asked
for. A token of a source that is not in the config has no secret and no permission.
`;

const END = `## What none of them may

Policies are evaluated in \`test/permissions/least-privilege.test.ts\` by IAM's rules against every action that AWS has.
Whatever is not in a table above is denied, so among others:

- change a group's minimum, its maximum or anything else of it, make a group or delete one
- set the capacity of a group that lacks the tag \`runner-scaler:name\`, or has it with another scaler's name
- end machines outside their own group, or read the token of another class or the API token, from a runner
- read the GitHub App, or any other secret, from a runner of GitHub, or call the registrar from any other machine
- end machines at all, or read a runner's token, from the scaler function
- change a secret, read a parameter, pass or take another role, start, stop or describe machines
`;

export function permissionsPage(): string {
  const all = grants();
  const sections = [...new Set(all.map(({ role }) => role))].map((role) => {
    const rows = all.filter((grant) => grant.role === role).map(row);
    return `## ${title(role)}

${takenBy(role)}| action | on | only if | why |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
  });
  return [INTRODUCTION, ...sections, END].join('\n');
}

/** Who can take the role. Empty for a resource's own policy, which names the service itself. */
function takenBy(wanted: string): string {
  const trust = CONFIGS.flatMap((config) => {
    const resources = resourcesOf(config);
    const roles = rolesOf(resources, standInWords(resources));
    return roles.filter(({ role }) => role === wanted).flatMap((role) => role.trust);
  });
  return trust.length === 0 ? '' : `Taken by ${[...new Set(trust)].map(code).join(', ')}.\n\n`;
}

/** What the first template grants, then what only each further one grants. */
function grants(): readonly Permission[] {
  const seen = new Set<string>();
  return CONFIGS.flatMap((config, index) => {
    const resources = resourcesOf(config);
    const reasons = permissionsOf(resolveConfig(config));
    return grantsOf(resources, standInWords(resources))
      .filter(({ role }) => role !== UNSHOWN)
      .filter((grant) => index === 0 || !seen.has(kindOf(grant)))
      .map((grant) => {
        seen.add(kindOf(grant)).add(`${grant.role} ${grant.action}`);
        return { ...grant, why: reasonOf(grant, reasons) };
      });
  });
}

/**
 * Grants of one kind differ in nothing but what the user can choose; secrets that the stack makes differ, and so do
 * keys by what they open.
 */
function kindOf({ role, action, resource, condition }: Grant): string {
  const kind = `${role} ${action}`;
  if (resource.startsWith('secret "')) return `${kind} ${resource}`;
  return action === 'kms:Decrypt' ? `${kind} ${condition}` : kind;
}

function reasonOf(grant: Grant, reasons: readonly Permission[]): string {
  const found = reasons.find(({ role, action, resource, condition }) =>
    [role, action, resource, condition].every((part) => Object.values(grant).includes(part)),
  );
  if (found === undefined) {
    throw new Error(
      `${grant.role}: ${grant.action} on ${grant.resource} has no reason; add it to permissions/ledger.ts`,
    );
  }
  return found.why;
}

function row({ action, resource, condition, why }: Permission): string {
  const [on, only] = [resource, condition].map((text) =>
    OF_THE_USER.reduce((shown, [arn, option]) => shown.replace(arn, option), text),
  );
  return `| ${code(action)} | ${code(on ?? '')} | ${only === '' ? '' : code(only ?? '')} | ${why} |`;
}

function title(role: string): string {
  if (role === 'role for scheduler.amazonaws.com') return 'What the schedule may do';
  return role.startsWith('service ') ? `What the ${role} may do` : role;
}

/** As code, unless it is a description in words. */
function code(text: string): string {
  return /^[a-z]+[a-z ]* /.test(text) && !text.includes(' = ') ? text : `\`${text}\``;
}
