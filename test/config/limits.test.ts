import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { fleetUserData } from '../../config/fleet-user-data.ts';
import { USER_DATA_LIMIT_BYTES } from '../../runner-userdata/user-data.ts';
import { noise } from './noise.ts';
import { templateOf } from '../../lib/template.ts';
import { configOf, deployedUserData } from '../lib/stack-fixture.ts';

/** Digits without order, of which about so many bytes are left once they are compressed. */
const FILLS_BYTES = 20_000;

describe('user data', () => {
  test('beyond the limit is refused, with its size, and what to cut', () => {
    const bootScript = noise(2 * FILLS_BYTES);
    const [problem = ''] = problemsOf({}, { resourceClass: 'acme/b', bootScript });
    const parts =
      /^resourceClasses\[1\] \(acme\/b\): user data is (\d+) bytes, compressed; allowed: 16384; bootScript is (\d+) of them: shorten it until it is (\d+) less, move what it does into an image, or into a script that it fetches$/.exec(
        problem,
      );
    const [size = 0, own = 0, excess = 0] = (parts ?? []).slice(1).map(Number);
    expect(size).toBe(USER_DATA_LIMIT_BYTES + excess);
    // Four bits of each digit, and what the compression cannot spare.
    expect(own).toBeGreaterThan(FILLS_BYTES);
    expect(own).toBeLessThan(1.2 * FILLS_BYTES);
  });

  test('may reach the limit, and is refused one byte beyond it', () => {
    const atLimit = configOf({ bootScript: bootScriptFor(USER_DATA_LIMIT_BYTES) });
    expect(problemsOfConfig(atLimit)).toEqual([]);
    expect(deployedUserData(templateOf(atLimit))).toHaveLength(USER_DATA_LIMIT_BYTES);
    const beyond = configOf({ bootScript: bootScriptFor(USER_DATA_LIMIT_BYTES + 1) });
    expect(problemsOfConfig(beyond)).toEqual([
      expect.stringMatching(
        /: user data is 16385 bytes, compressed; .*: shorten it until it is 1 less, /,
      ),
    ]);
  });

  test('is measured as it is sent: what repeats itself may be long', () => {
    expect(problemsOf({ bootScript: 'true # as ever\n'.repeat(5_000) })).toEqual([]);
  });

  test('that is too long without a boot script is refused for what else it holds', () => {
    // Of all addresses only the Region of a secret has no limit.
    const region = `eu-${noise(2 * FILLS_BYTES)}-1`;
    const existingTokenSecretArn = `arn:aws:secretsmanager:${region}:111122223333:secret:token-a1B2c3`;
    expect(problemsOf({ existingTokenSecretArn })).toEqual([
      expect.stringMatching(/; allowed: 16384; shorten the names and addresses in it by \d+$/),
    ]);
  });
});

describe('the template', () => {
  test('of more classes than fit into one stack is refused', () => {
    const many = Array.from({ length: 71 }, (_, n) => ({ resourceClass: `acme/c${n}` }));
    expect(problemsOf(...many)).toEqual([
      'resourceClasses has 71 entries; allowed: up to 70 per stack; divide them between two scalers of different names',
    ]);
  });

  test('of more classes with alarms of their own than fit is refused', () => {
    const resourceClasses = Array.from({ length: 29 }, (_, n) => ({
      resourceClass: `acme/c${n}`,
      max: 1,
    }));
    const monitoring = { alarms: { perClass: true } };
    expect(problemsOfConfig({ name: 'ci', monitoring, resourceClasses })).toEqual([
      'resourceClasses has 29 entries; allowed: up to 28 per stack with monitoring.alarms.perClass; divide them between two scalers of different names',
    ]);
  });

  test('that would be too large is refused', () => {
    const bootScript = noise(7_500);
    const many = Array.from({ length: 35 }, (_, n) => ({
      resourceClass: `acme/c${n}`,
      bootScript,
    }));
    expect(problemsOf(...many)).toEqual([
      expect.stringMatching(/^the template would be about \d+ bytes; allowed: 1000000; divide/),
    ]);
  });
});

/** A boot script with which the user data of `configOf` has exactly so many bytes. */
function bootScriptFor(bytes: number): string {
  const { fleets, ...config } = resolveConfig(configOf());
  const [fleet] = fleets;
  if (fleet === undefined) throw new Error('the config has no class');
  // How far a digit lengthens what is compressed is known by trying only.
  for (let seed = 0; seed < 20; seed += 1) {
    const lengthOf = (digits: number) =>
      fleetUserData(config, { ...fleet, bootScript: noise(digits, seed) }).length;
    let [low, high] = [0, 2 * FILLS_BYTES];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (lengthOf(middle) < bytes) low = middle;
      else high = middle;
    }
    if (lengthOf(high) === bytes) return noise(high, seed);
  }
  throw new Error(`no boot script makes user data of ${bytes} bytes`);
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

describe('the variables of the function', () => {
  const noProxy = (length: number) =>
    Array.from({ length: 30 }, (_, index) => `${'h'.repeat(length)}${index}.example`);

  test('hold a proxy with as many hosts as a config may name', () => {
    const proxy = { url: 'http://proxy.example.com:3128', noProxy: noProxy(20) };
    expect(problemsOfConfig(configOf({}, { proxy }))).toEqual([]);
  });

  test('that would be too large are refused, with what to shorten', () => {
    const proxy = { url: 'http://proxy.example.com:3128', noProxy: noProxy(60) };
    expect(problemsOfConfig(configOf({}, { proxy }))).toEqual([
      expect.stringMatching(
        /^the variables of the function would have about \d+ bytes; allowed: 4096; proxy is \d+ of them: shorten noProxy$/,
      ),
    ]);
  });
});
