import { describe, expect, test } from '@jest/globals';
import type { Architecture, Platform, ScalerConfig } from '../../lib/config.ts';
import { EVENT_SOURCE_LIMIT, eventSourcePrefix } from '../../lambda/scaler/contract.ts';
import { resolveText } from '../iam/resolve.ts';
import { standInArns } from '../iam/stand-ins.ts';
import { USER_DATA_LIMIT_BYTES } from '../../runner-userdata/render.ts';
import { configOf, only, resourcesOf, templateOf } from './stack-fixture.ts';

const PLATFORMS: readonly Platform[] = ['ubuntu-24.04', 'amazon-linux-2023'];
const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64'];
const MACHINES = PLATFORMS.flatMap((image) =>
  ARCHITECTURES.map((architecture) => ({ image, architecture })),
);

/** Enough for a boot script that installs Docker and some tools, beside the longest of everything else. */
const ROOM_FOR_A_BOOT_SCRIPT_BYTES = 4_096;

/** The longest of everything, as long as AWS or the config takes it. */
const LONGEST: ScalerConfig = {
  ...configOf(),
  name: 'a'.repeat(32),
  circleci: { url: `https://${'circleci.'.repeat(20)}example.com/runner` },
  agent: { version: '3.1.130', sha256: { x86_64: 'f'.repeat(64), arm64: 'f'.repeat(64) } },
};
const LONGEST_CLASS = 'acme/'.padEnd(
  EVENT_SOURCE_LIMIT - eventSourcePrefix(LONGEST.name).length,
  'l',
);
const LONGEST_SECRET = `arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:${'s'.repeat(512)}-a1B2c3`;

describe.each(MACHINES)('user data of $image on $architecture', (machine) => {
  test('fits, as shipped, and leaves seven KiB for a boot script', () => {
    expect(sizeOf(configOf(machine))).toBeLessThan(USER_DATA_LIMIT_BYTES - 7 * 1_024);
  });

  test('fits with the longest names, URL and secret there are, and a boot script of 4 KiB', () => {
    const resourceClasses = [
      {
        ...machine,
        resourceClass: LONGEST_CLASS,
        max: 10_000,
        purchase: 'spot' as const,
        idleTimeoutMinutes: 1_440,
        maxRunTimeMinutes: 10_080,
        bootTimeoutMinutes: 120,
        drainTimeoutMinutes: 60,
        machineLogs: true,
        existingTokenSecretArn: LONGEST_SECRET,
        bootScript: 'x'.repeat(ROOM_FOR_A_BOOT_SCRIPT_BYTES),
      },
    ];
    expect(sizeOf({ ...LONGEST, resourceClasses })).toBeLessThanOrEqual(USER_DATA_LIMIT_BYTES);
  });
});

/** Bytes of the script as EC2 gets it, before base64. */
function sizeOf(config: ScalerConfig): number {
  const { LaunchTemplateData } = only(templateOf(config), 'AWS::EC2::LaunchTemplate')
    .Properties as {
    readonly LaunchTemplateData: { readonly UserData: { readonly 'Fn::Base64': unknown } };
  };
  const script = LaunchTemplateData.UserData['Fn::Base64'];
  return Buffer.byteLength(resolveText(script, standInArns(resourcesOf(config))));
}
