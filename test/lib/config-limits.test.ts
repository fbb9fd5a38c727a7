import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../lib/config-error.ts';
import { resolveConfig } from '../../lib/config-validation.ts';
import { USER_DATA_LIMIT_BYTES } from '../../runner-userdata/render.ts';
import { resolveText } from '../iam/resolve.ts';
import { configOf, only, resourcesOf, templateOf } from './stack-fixture.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:linux-token-a1B2c3';

/** The longest partition, Region and stack's name there are, and what is random in a name and an ARN. */
const LONGEST_ARN_START = 'arn:aws-us-gov:secretsmanager:ap-southeast-12:111122223333:secret:';
const LONGEST_STACK = 'a'.repeat(32);
const RANDOM_ENDS = '-aB3dE6gH9kL2-x7Y8z9';

describe('user data', () => {
  test('beyond the limit is refused, with its size, what was assumed, and what to cut', () => {
    const bootScript = 'x'.repeat(20_008);
    const [problem = ''] = problemsOf({}, { resourceClass: 'acme/b', bootScript });
    const parts =
      /^resourceClasses\[1\] \(acme\/b\): user data is (\d+) bytes, with 166 assumed for the ARN of the secret that the stack makes; allowed: 16384; shorten bootScript, which is 20008 bytes, by (\d+): move what it does into an image, or into a script that it fetches$/.exec(
        problem,
      );
    const [size = 0, excess = 0] = (parts ?? []).slice(1).map(Number);
    expect(size).toBe(USER_DATA_LIMIT_BYTES + excess);
    expect(excess).toBeGreaterThan(0);
  });

  test.each([
    ['of a secret that the stack makes', {}],
    ['of a secret of the user', { existingTokenSecretArn: SECRET }],
  ])('%s may reach the limit, and is refused one byte beyond it', (_whose, token) => {
    const room = roomOf(token);
    expect(problemsOf({ ...token, bootScript: 'x'.repeat(room) })).toEqual([]);
    expect(problemsOf({ ...token, bootScript: 'x'.repeat(room + 1) })).toEqual([
      expect.stringMatching(
        new RegExp(`user data is 16385 bytes.*which is ${room + 1} bytes, by 1:`),
      ),
    ]);
  });

  test('that reaches the limit does so for EC2 too, where the secret exists', () => {
    const bootScript = 'x'.repeat(roomOf({ existingTokenSecretArn: SECRET }));
    const config = configOf({ bootScript, existingTokenSecretArn: SECRET });
    expect(Buffer.byteLength(deployedUserData(config, 'unused'))).toBe(USER_DATA_LIMIT_BYTES);
  });

  test('that reaches the limit is not beyond it with the longest ARN that a deployment can make', () => {
    const bootScript = 'x'.repeat(roomOf({}, LONGEST_STACK));
    const config = configOf({ bootScript }, { name: LONGEST_STACK });
    const [id = ''] =
      Object.entries(resourcesOf(config)).find(
        ([id, { Type }]) => Type === 'AWS::SecretsManager::Secret' && id.startsWith('Fleet'),
      ) ?? [];
    const arn = `${LONGEST_ARN_START}${LONGEST_STACK}-${id}${RANDOM_ENDS}`;
    expect(Buffer.byteLength(deployedUserData(config, arn))).toBeLessThanOrEqual(
      USER_DATA_LIMIT_BYTES,
    );
  });

  test('counts bytes, not characters', () => {
    const room = roomOf({});
    expect(problemsOf({ bootScript: 'é'.repeat(Math.floor(room / 2)) })).toEqual([]);
    expect(problemsOf({ bootScript: 'é'.repeat(Math.floor(room / 2) + 1) })).toHaveLength(1);
  });

  test('that is too long without a boot script is refused for what else it holds', () => {
    const url = `https://example.com/${'x'.repeat(USER_DATA_LIMIT_BYTES)}`;
    expect(problemsOfConfig({ ...configOf(), circleci: { url } })).toEqual([
      expect.stringMatching(/; allowed: 16384; shorten the names and addresses in it by \d+$/),
    ]);
  });
});

describe('the template', () => {
  test('of more classes than fit into one stack is refused', () => {
    const many = Array.from({ length: 76 }, (_, n) => ({ resourceClass: `acme/c${n}` }));
    expect(problemsOf(...many)).toEqual([
      'resourceClasses has 76 entries; allowed: up to 75 per stack; divide them between two scalers of different names',
    ]);
  });

  test('that would be too large is refused', () => {
    const bootScript = `${'"'.repeat(6000)} true`;
    const many = Array.from({ length: 60 }, (_, n) => ({
      resourceClass: `acme/c${n}`,
      bootScript,
    }));
    expect(problemsOf(...many)).toEqual([
      expect.stringMatching(/^the template would be about \d+ bytes; allowed: 1000000; divide/),
    ]);
  });
});

/** Bytes that the limit leaves to the boot script of a class with the given options. */
function roomOf(options: object, name = 'ci'): number {
  const bootScript = 'x'.repeat(USER_DATA_LIMIT_BYTES);
  const [problem = ''] = problemsOfConfig(configOf({ ...options, bootScript }, { name }));
  return USER_DATA_LIMIT_BYTES - Number(/, by (\d+):/.exec(problem)?.[1]);
}

/** User data as EC2 gets it, before base64, with what the deployment alone knows. */
function deployedUserData(config: Parameters<typeof templateOf>[0], secretArn: string): string {
  const { LaunchTemplateData } = only(templateOf(config), 'AWS::EC2::LaunchTemplate')
    .Properties as {
    readonly LaunchTemplateData: { readonly UserData: { readonly 'Fn::Base64': unknown } };
  };
  return resolveText(LaunchTemplateData.UserData['Fn::Base64'], () => secretArn);
}

/** The problems of a config with classes of the given options. */
function problemsOf(...classes: readonly object[]): readonly string[] {
  const resourceClasses = classes.map((options) => ({
    resourceClass: 'acme/linux',
    max: 4,
    ...options,
  }));
  return problemsOfConfig({ name: 'ci', resourceClasses });
}

function problemsOfConfig(config: unknown): readonly string[] {
  try {
    resolveConfig(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
