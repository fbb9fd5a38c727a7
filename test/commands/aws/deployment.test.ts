/** What commands look for in a stack is called so in the template that is deployed. */
import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { config } from '../../../config.ts';
import { resolveConfig } from '../../../config/resolve-config.ts';
import { scheduleIn, scalerFunctionIn } from '../../../commands/aws/deployment.ts';
import type { StackResource } from '../../../commands/aws/stack.ts';
import { runnerSecret } from '../../../commands/secret.ts';
import { type Resources, stackOf } from '../../../lib/template.ts';

const resolved = resolveConfig(config);
const { Resources } = Template.fromStack(stackOf(config)).toJSON() as {
  readonly Resources: Resources;
};
const resources: readonly StackResource[] = Object.entries(Resources).map(
  ([logicalId, { Type: type }]) => ({ logicalId, type, physicalId: logicalId }),
);

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
