/** The user data of a config's first class, as the synthesized template carries it. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ResourceClassConfig, ScalerConfig } from '../../lib/config.ts';
import { configOf, only, templateOf } from '../lib/stack-fixture.ts';

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

/** The same with other values of settings, for times that a config does not allow. */
export function withSettings(userData: Buffer, settings: Readonly<Record<string, string>>): Buffer {
  let script = gunzipSync(userData).toString();
  for (const [name, value] of Object.entries(settings)) {
    const before = script;
    script = script.replace(new RegExp(`^${name}='.*'$`, 'm'), `${name}='${value}'`);
    if (script === before) throw new Error(`the user data has no setting ${name}`);
  }
  return gzipSync(script);
}
