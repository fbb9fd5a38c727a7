/** The user data of a config's first class, as the synthesized template carries it. */
import type { ResourceClassConfig } from '../../config/circleci-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { templateOf } from '../../lib/template.ts';
import { configOf, only } from '../lib/stack-fixture.ts';

export function userDataOf(
  fleet: Partial<ResourceClassConfig> = {},
  scaler: Partial<ScalerConfig> = {},
): Buffer {
  const { LaunchTemplateData } = only(
    templateOf(
      configOf(
        { idleTimeoutMinutes: 2, bootTimeoutMinutes: 2, maxRunTimeMinutes: 5, ...fleet },
        scaler,
      ),
    ),
    'AWS::EC2::LaunchTemplate',
  ).Properties as { readonly LaunchTemplateData: { readonly UserData: string } };
  return Buffer.from(LaunchTemplateData.UserData, 'base64');
}
