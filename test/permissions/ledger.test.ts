import { describe, expect, test } from '@jest/globals';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { SAMPLE_CONFIGS } from '../lib/sample-configs.ts';
import { type Resources, resourcesOf } from '../../lib/template.ts';
import { permissionsOf, TRUST } from '../../permissions/ledger.ts';
import { standInWords } from '../../permissions/stand-ins.ts';
import { type Grant, grantsOf, rolesOf } from '../../permissions/template-roles.ts';

describe.each([...SAMPLE_CONFIGS])('the stack %s', (_, config) => {
  test('grants exactly what permissions/ledger.ts gives a reason for', () => {
    expect(differences(resourcesOf(config), config)).toEqual({ unexplained: [], lost: [] });
  });

  test('lets only the service that needs a role take it', () => {
    const resources = resourcesOf(config);
    for (const { role, trust } of rolesOf(resources, standInWords(resources))) {
      const [, expected] = [...TRUST].find(([pattern]) => pattern.test(role)) ?? [];
      expect({ role, trust }).toEqual({ role, trust: [expected] });
    }
  });
});

describe('the comparison', () => {
  const config: ScalerConfig = {
    name: 'ci',
    resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }],
  };
  const more = (statement: object): Resources => ({
    ...resourcesOf(config),
    Added: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: roleIdOf(resourcesOf(config), 'What runners of') }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] },
      },
    },
  });

  test('names an added statement by role, action, resource and condition', () => {
    const added = more({
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::cache/*',
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    });
    expect(differences(added, config)).toEqual({
      unexplained: [
        'What runners of acme/linux may do: s3:GetObject on arn:aws:s3:::cache/* if Bool aws:SecureTransport = true',
      ],
      lost: [],
    });
  });

  test('names a lost statement', () => {
    const less = Object.fromEntries(
      Object.entries(resourcesOf(config)).filter(([id]) => !id.startsWith('SchedulerRole')),
    );
    expect(differences(less, config).lost).toEqual([
      'role for scheduler.amazonaws.com: lambda:InvokeFunction on the scaler function',
      'role for scheduler.amazonaws.com: lambda:InvokeFunction on the scaler function:*',
    ]);
  });

  test('sees a managed policy', () => {
    const resources = resourcesOf(config);
    const id = roleIdOf(resources, 'What the scaler');
    const role = resources[id] ?? { Type: '', Properties: {} };
    const managed = {
      ...role.Properties,
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/PowerUser'],
    };
    expect(
      differences({ ...resources, [id]: { ...role, Properties: managed } }, config).unexplained,
    ).toEqual(['What the scaler ci may do: everything in arn:aws:iam::aws:policy/PowerUser on *']);
  });

  test('refuses what it would not see', () => {
    const inline = { Type: 'AWS::IAM::ManagedPolicy', Properties: {} };
    expect(() => differences({ ...resourcesOf(config), Inline: inline }, config)).toThrow(
      'Inline of type AWS::IAM::ManagedPolicy may grant something and is not reviewed',
    );
    expect(() => differences(more({ NotAction: 'iam:*', Resource: '*' }), config)).toThrow(
      'statement has NotAction',
    );
    expect(() =>
      differences(more({ Action: 's3:GetObject', Resource: { Ref: 'ScalerLog' } }), config),
    ).toThrow('a policy refers to ScalerLog; known: ');
  });
});

function differences(resources: Resources, config: ScalerConfig) {
  const granted = grantsOf(resources, standInWords(resources)).map(sentence);
  const explained = permissionsOf(resolveConfig(config)).map(sentence);
  return {
    unexplained: granted.filter((grant) => !explained.includes(grant)),
    lost: explained.filter((grant) => !granted.includes(grant)),
  };
}

function sentence({ role, action, resource, condition }: Grant): string {
  return `${role}: ${action} on ${resource}${condition === '' ? '' : ` if ${condition}`}`;
}

function roleIdOf(resources: Resources, description: string): string {
  const [id = ''] =
    Object.entries(resources).find(
      ([, { Type, Properties }]) =>
        Type === 'AWS::IAM::Role' && String(Properties['Description']).startsWith(description),
    ) ?? [];
  return id;
}
