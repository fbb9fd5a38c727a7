/** What commands look for in a stack is called so in the template that is deployed. */
import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { config } from '../../../config.ts';
import { resolveConfig } from '../../../config/resolve-config.ts';
import { scheduleIn, scalerFunctionIn } from '../../../commands/aws/deployment.ts';
import type { StackResource } from '../../../commands/aws/stack.ts';
import { runnerSecret } from '../../../commands/secret.ts';
import type { ScalerConfig } from '../../../config/scaler-config.ts';
import { sourceSettings } from '../../../config/source-settings.ts';
import { config as github } from '../../../examples/github.ts';
import { config as gitlab } from '../../../examples/gitlab.ts';
import { type Resources, stackOf } from '../../../lib/template.ts';
import type { CiSystems } from '../../../simulator/account/ci-systems.ts';
import { installation } from '../../../simulator/account/installation.ts';

const resolved = resolveConfig(config);
const resources = resourcesOf(config);

function resourcesOf(written: ScalerConfig): readonly StackResource[] {
  const { Resources } = Template.fromStack(stackOf(written)).toJSON() as {
    readonly Resources: Resources;
  };
  return Object.entries(Resources).map(([logicalId, { Type: type }]) => ({
    logicalId,
    type,
    physicalId: logicalId,
  }));
}

describe('in the template', () => {
  test('there is one function of the scaler, and one schedule', () => {
    expect(scalerFunctionIn({ resources })).toMatch(/^ScalerFunction[0-9A-F]{8}$/);
    expect(scheduleIn({ resources })).toMatch(/^ScalerSchedule/);
  });

  test.each(resolved.fleets.map(({ resourceClass }) => resourceClass))(
    'the runner token of %s is found, and is of no other class',
    (resourceClass) => {
      const { id } = runnerSecret(resourceClass, { config: resolved, deployment: { resources } });
      const others = resolved.fleets
        .filter((fleet) => fleet.resourceClass !== resourceClass)
        .map(
          (fleet) =>
            runnerSecret(fleet.resourceClass, { config: resolved, deployment: { resources } }).id,
        );
      expect(others).not.toContain(id);
    },
  );
});

/** Without CloudFormation's hash. */
const called = ({ logicalId, type }: Omit<StackResource, 'physicalId'>) =>
  `${type} ${logicalId.slice(0, -8)}`;

test.each<readonly [name: string, written: ScalerConfig]>([
  ['CircleCI', config],
  ['GitLab', gitlab],
  ['GitHub', github],
  ['several sources', { ...github, ...gitlab, ...config }],
])(
  'the simulated stack of %s has what the template has, and every secret of it',
  (_name, written) => {
    const systems: CiSystems = {
      credentials: new Map(),
      settings: (secretOf) => sourceSettings(resolveConfig(written), secretOf),
      close: async () => undefined,
    };
    const simulated =
      installation({ config: resolveConfig(written), systems }).stack?.resources ?? [];
    const template = new Set(resourcesOf(written).map(called));
    expect(simulated.map(called).filter((each) => !template.has(each))).toEqual([]);
    const secrets = [...template].filter((each) => / (Scaler|Fleet)\w+Secret$/.test(each));
    expect(simulated.map(called)).toEqual(expect.arrayContaining(secrets));
  },
);
