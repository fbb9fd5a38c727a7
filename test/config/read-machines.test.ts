import { describe, expect, test } from '@jest/globals';
import { encodeEventSource, EVENT_SOURCE_LIMIT } from '../../lambda/scaler/contract.ts';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ResolvedFleet } from '../../config/resolved-config.ts';
import { AGENT_VERSION } from '../../runner-userdata/linux/agents/circleci/settings.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:linux-token-a1B2c3';

describe('config of a resource class', () => {
  test('what is left out has its documented default', () => {
    expect(fleetOf({})).toEqual({
      source: 'circleci',
      url: 'https://runner.circleci.com',
      agent: { version: AGENT_VERSION },
      resourceClass: 'acme/linux',
      group: 'ci.acme.linux',
      min: 0,
      max: 4,
      headroom: 0,
      instanceTypes: ['m7i.large'],
      architecture: 'x86_64',
      purchase: { option: 'on-demand' },
      retryInterruptedTasks: false,
      platform: 'ubuntu-24.04',
      image: {
        kind: 'ssm-parameter',
        parameterName:
          '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
      },
      rootVolume: { device: '/dev/sda1', sizeGiB: 40, iops: 3000, throughputMiBps: 125 },
      idleTimeoutSeconds: 300,
      maxRunTimeSeconds: 18_000,
      bootTimeoutSeconds: 600,
      drainTimeoutSeconds: 120,
      machineLogs: false,
      token: {},
    });
  });

  test('minutes become seconds', () => {
    expect(
      fleetOf({
        idleTimeoutMinutes: 2,
        maxRunTimeMinutes: 5,
        bootTimeoutMinutes: 3,
        drainTimeoutMinutes: 60,
      }),
    ).toMatchObject({
      idleTimeoutSeconds: 120,
      maxRunTimeSeconds: 300,
      bootTimeoutSeconds: 180,
      drainTimeoutSeconds: 3_600,
    });
  });

  test('an architecture alone chooses instance type and image', () => {
    const fleet = fleetOf({ architecture: 'arm64' });
    expect(fleet.instanceTypes).toEqual(['m7g.large']);
    expect(fleet.image).toMatchObject({ parameterName: expect.stringContaining('/arm64/') });
  });

  test('instance types alone choose the architecture', () => {
    expect(fleetOf({ instanceTypes: ['c7g.large', 'c6g.large'] }).architecture).toBe('arm64');
  });

  test('spot without instance types gets several, all of its architecture', () => {
    expect(
      fleetOf({ purchase: 'spot', architecture: 'arm64' }).instanceTypes.length,
    ).toBeGreaterThan(2);
  });

  test('spot hands interrupted tasks back, unless told otherwise', () => {
    expect(fleetOf({ purchase: 'spot' })).toMatchObject({ retryInterruptedTasks: true });
    const told = { purchase: 'spot', retryInterruptedTasks: false };
    expect(fleetOf(told)).toMatchObject({ retryInterruptedTasks: false });
  });

  test('spot keeps its on-demand base', () => {
    expect(fleetOf({ purchase: 'spot', onDemandBase: 3 }).purchase).toEqual({
      option: 'spot',
      onDemandBase: 3,
    });
  });

  test('Amazon Linux has its own image parameter and root device', () => {
    expect(fleetOf({ image: 'amazon-linux-2023' })).toMatchObject({
      platform: 'amazon-linux-2023',
      image: {
        parameterName: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
      },
      rootVolume: { device: '/dev/xvda' },
    });
  });

  test('an image of the user has the root device of its platform, unless told otherwise', () => {
    const image = { platform: 'amazon-linux-2023', amiId: 'ami-0123456789abcdef0' };
    expect(fleetOf({ image })).toMatchObject({
      image: { kind: 'ami', amiId: 'ami-0123456789abcdef0' },
      rootVolume: { device: '/dev/xvda' },
    });
    expect(fleetOf({ image: { ...image, rootDevice: '/dev/sda1' } }).rootVolume.device).toBe(
      '/dev/sda1',
    );
  });

  test('a class may be as long as the source of an event leaves room for', () => {
    const resourceClass = `acme/${'x'.repeat(234)}`;
    const source = encodeEventSource({ scaler: 'ci', resourceClass });
    expect(source).toHaveLength(EVENT_SOURCE_LIMIT);
    expect(fleetOf({ resourceClass })).toMatchObject({ resourceClass });
  });

  test('an image may be named by a parameter', () => {
    expect(
      fleetOf({ image: { platform: 'ubuntu-24.04', ssmParameter: '/ci/image' } }).image,
    ).toEqual({
      kind: 'ssm-parameter',
      parameterName: '/ci/image',
    });
  });

  const mistakes: readonly (readonly [string, object, string])[] = [
    ['no class', { resourceClass: undefined }, 'resourceClass is missing; needed: namespace/name'],
    [
      'a class without a namespace',
      { resourceClass: 'linux' },
      'resourceClass is "linux"; allowed: namespace/name, such as acme/linux',
    ],
    [
      'a namespace in capitals',
      { resourceClass: 'Acme/linux' },
      'resourceClass is "Acme/linux"; allowed: namespace/name',
    ],
    [
      'a class with a dot',
      { resourceClass: 'acme/linux.large' },
      'resourceClass is "acme/linux.large"; allowed: namespace/name',
    ],
    [
      'a class that is too long',
      { resourceClass: `acme/${'x'.repeat(300)}` },
      'allowed: at most 239 characters beside the name of the scaler',
    ],
    [
      'a class that is one character too long for the source of an event',
      { resourceClass: `acme/${'x'.repeat(235)}` },
      'allowed: at most 239 characters',
    ],
    ['no maximum', { max: undefined }, 'max is missing; needed: a whole number from 1 to 10000'],
    ['a maximum of nothing', { max: 0 }, 'max is 0; allowed: a whole number from 1 to 10000'],
    ['a fraction of a runner', { max: 2.5 }, 'max is 2.5; allowed: a whole number'],
    ['a maximum as text', { max: '4' }, 'max is "4"; allowed: a whole number'],
    ['a maximum that is no number', { max: Number.NaN }, 'max is NaN; allowed: a whole number'],
    [
      'a minimum beyond the maximum',
      { min: 5 },
      'min is 5; allowed: a whole number from 0 to max, which is 4',
    ],
    ['a negative minimum', { min: -1 }, 'min is -1; allowed: a whole number from 0'],
    [
      'a headroom beyond the maximum',
      { headroom: 5 },
      'headroom is 5; allowed: a whole number from 0 to max, which is 4',
    ],
    [
      'an unknown key',
      { idleTimeout: 5 },
      'unknown key "idleTimeout"; did you mean idleTimeoutMinutes?',
    ],
    ['no instance type', { instanceTypes: [] }, 'instanceTypes is []; allowed: a list of 1 to 40'],
    [
      'a single type that is no list',
      { instanceTypes: 'm7i.large' },
      'instanceTypes is "m7i.large"; allowed: a list of 1 to 40',
    ],
    [
      'a type that does not exist',
      { instanceTypes: ['m7i.large', 'large'] },
      'instanceTypes[1] is "large"; allowed: an EC2 instance type',
    ],
    [
      'a type named twice',
      { instanceTypes: ['m7i.large', 'm7i.large'] },
      'instanceTypes[1] is "m7i.large", which is in the list already',
    ],
    [
      'types of two architectures',
      { instanceTypes: ['m7i.large', 'm7g.large'] },
      'instanceTypes mixes "m7i.large" (x86_64) and "m7g.large" (arm64); allowed: types of one architecture',
    ],
    [
      'an architecture the type does not have',
      { architecture: 'arm64', instanceTypes: ['m7i.large'] },
      'architecture is "arm64", but instance type "m7i.large" is x86_64',
    ],
    [
      'an architecture by another name',
      { architecture: 'amd64' },
      'architecture is "amd64"; allowed: "x86_64" or "arm64"',
    ],
    [
      'an unknown way to buy',
      { purchase: 'reserved' },
      'purchase is "reserved"; allowed: "on-demand" or "spot"',
    ],
    [
      'an on-demand base without spot',
      { onDemandBase: 1 },
      "onDemandBase is 1; allowed: only with purchase: 'spot'",
    ],
    [
      'an on-demand base that leaves no spot',
      { purchase: 'spot', onDemandBase: 4 },
      'onDemandBase is 4; allowed: less than max, which is 4',
    ],
    [
      'retrying as text',
      { retryInterruptedTasks: 'no' },
      'retryInterruptedTasks is "no"; allowed: true or false',
    ],
    [
      'an unknown image',
      { image: 'windows-2022' },
      'image is "windows-2022"; allowed: "ubuntu-24.04", "amazon-linux-2023", or an object',
    ],
    [
      'an AMI id in place of an image',
      { image: 'ami-0123456789abcdef0' },
      'image is "ami-0123456789abcdef0"; allowed: "ubuntu-24.04"',
    ],
    [
      'an own image without a platform',
      { image: { amiId: 'ami-0123456789abcdef0' } },
      'image: platform is missing; needed: "ubuntu-24.04" or',
    ],
    [
      'an own image without an id',
      { image: { platform: 'ubuntu-24.04' } },
      'image: names neither amiId nor ssmParameter',
    ],
    [
      'an own image by two names',
      { image: { platform: 'ubuntu-24.04', amiId: 'ami-01234567', ssmParameter: '/a' } },
      'image: names both amiId and ssmParameter',
    ],
    [
      'a bad AMI id',
      { image: { platform: 'ubuntu-24.04', amiId: 'ami-1' } },
      'image: amiId is "ami-1"; allowed: the id of an image',
    ],
    [
      'a parameter with a prefix',
      { image: { platform: 'ubuntu-24.04', ssmParameter: 'resolve:ssm:/a' } },
      'image: ssmParameter is "resolve:ssm:/a"; allowed: the name of a Systems Manager parameter',
    ],
    [
      'a text that is not a device',
      { image: { platform: 'ubuntu-24.04', amiId: 'ami-01234567', rootDevice: 'sda1' } },
      'image: rootDevice is "sda1"; allowed: a device name',
    ],
    [
      'a volume smaller than an image',
      { rootVolumeGiB: 7 },
      'rootVolumeGiB is 7; allowed: a whole number from 8 to 16384',
    ],
    [
      'too many operations for the volume',
      { rootVolumeGiB: 10, rootVolumeIops: 6000 },
      'rootVolumeIops is 6000; allowed: at most 500 per GiB, which makes 5000',
    ],
    [
      'too much throughput for the operations',
      { rootVolumeThroughputMiBps: 1000 },
      'rootVolumeThroughputMiBps is 1000; allowed: at most a quarter of rootVolumeIops, which makes 750',
    ],
    [
      'an idle timeout of less than two passes',
      { idleTimeoutMinutes: 1 },
      'idleTimeoutMinutes is 1; allowed: a whole number from 2 to 1440, because the queue is read every 60 seconds',
    ],
    [
      'a run time below the idle timeout',
      { idleTimeoutMinutes: 10, maxRunTimeMinutes: 5 },
      'maxRunTimeMinutes is 5; allowed: not less than idleTimeoutMinutes, which is 10',
    ],
    [
      'a boot timeout of nothing',
      { bootTimeoutMinutes: 0 },
      'bootTimeoutMinutes is 0; allowed: a whole number from 2 to 120',
    ],
    [
      'a drain of nothing',
      { drainTimeoutMinutes: 0 },
      'drainTimeoutMinutes is 0; allowed: a whole number from 1 to 60',
    ],
    [
      'a drain of hours',
      { drainTimeoutMinutes: 61 },
      'drainTimeoutMinutes is 61; allowed: a whole',
    ],
    ['logs as text', { machineLogs: 'yes' }, 'machineLogs is "yes"; allowed: true or false'],
    [
      'an empty boot script',
      { bootScript: ' \n' },
      'bootScript is " \\n"; allowed: the text of a shell script',
    ],
    [
      'a list as a boot script',
      { bootScript: ['apt-get update'] },
      "bootScript is [ 'apt-get update' ]; allowed: the text of a shell script",
    ],
    [
      'a partial secret ARN',
      { existingTokenSecretArn: SECRET.slice(0, -7) },
      'existingTokenSecretArn is "arn:aws:secretsmanager',
    ],
    [
      'a key without a secret',
      { tokenKmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1a2b' },
      'allowed: only together with existingTokenSecretArn',
    ],
  ];

  test.each(mistakes)('%s is refused, and nothing else with it', (_title, change, message) => {
    expect(problemsOf([change])).toEqual([expect.stringContaining(message)]);
  });

  test('a problem names the entry by its place and its class', () => {
    expect(problemsOf([{}, { resourceClass: 'acme/mac', max: 0 }])).toEqual([
      expect.stringMatching(/^resourceClasses\[1\] \(acme\/mac\): max is 0;/),
    ]);
  });

  test('a class named twice is refused, with both places', () => {
    expect(problemsOf([{}, { resourceClass: 'acme/b' }, {}])).toEqual([
      'resourceClasses[2] (acme/linux): resourceClass is "acme/linux", as in resourceClasses[0]; allowed: one entry per class',
    ]);
  });

  test('classes that differ in one character only are two fleets', () => {
    const classes = ['acme/a:b', 'acme/a+b', 'acme/a-b', 'acme/a_b', 'acme-a/b'];
    expect(problemsOf(classes.map((resourceClass) => ({ resourceClass })))).toEqual([]);
  });
});

/** The fleet that a class with the given options becomes. */
function fleetOf(options: object): ResolvedFleet {
  const resourceClasses = [{ resourceClass: 'acme/linux', max: 4, ...options }];
  const [fleet] = resolveConfig({ name: 'ci', resourceClasses }).fleets;
  if (fleet === undefined) throw new Error('the config made no fleet');
  return fleet;
}

/** The problems of a config with classes of the given options. */
function problemsOf(classes: readonly object[]): readonly string[] {
  const resourceClasses = classes.map((options) => ({
    resourceClass: 'acme/linux',
    max: 4,
    ...options,
  }));
  try {
    resolveConfig({ name: 'ci', resourceClasses });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
