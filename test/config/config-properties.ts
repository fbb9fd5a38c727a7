/** What holds for every config, tried with so many. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { PLATFORM_NAMES } from '../../runner-userdata/platforms.ts';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { fleetUserData } from '../../config/fleet-user-data.ts';
import { architectureOf } from '../../config/instance-type.ts';
import { USER_DATA_LIMIT_BYTES } from '../../runner-userdata/user-data.ts';

/** Whatever its content: it is resolved, or refused with a list of mistakes. */
export function resolvedOrRefused(numRuns: number): void {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), almostConfig()), (config) => {
      expect(outcomeOf(config)).toMatch(/^(resolved|refused)$/);
    }),
    { numRuns },
  );
}

/** With options within their limits: it is resolved, within the limits of AWS. */
export function resolvedWithinLimits(numRuns: number): void {
  fc.assert(
    fc.property(validConfig(), (config) => {
      const resolved = resolveConfig(config);
      for (const fleet of resolved.fleets) {
        expect(fleet.min).toBeLessThanOrEqual(fleet.max);
        expect(fleet.headroom).toBeLessThanOrEqual(fleet.max);
        expect(fleet.idleTimeoutSeconds).toBeGreaterThanOrEqual(120);
        expect(fleet.maxRunTimeSeconds).toBeGreaterThanOrEqual(fleet.idleTimeoutSeconds);
        expect(fleet.instanceTypes.map(architectureOf)).toEqual(
          fleet.instanceTypes.map(() => fleet.architecture),
        );
        const userData = fleetUserData(resolved, fleet);
        expect(userData).toBeInstanceOf(Buffer);
        expect(userData.length).toBeLessThanOrEqual(USER_DATA_LIMIT_BYTES);
      }
      expect(new Set(resolved.fleets.map((fleet) => fleet.group)).size).toBe(
        resolved.fleets.length,
      );
    }),
    { numRuns },
  );
}

/** Configs with the right keys and values of any kind. */
function almostConfig(): fc.Arbitrary<unknown> {
  const fleet = fc.record(
    {
      resourceClass: fc.oneof(fc.constant('acme/linux'), fc.anything()),
      max: fc.oneof(fc.nat(), fc.anything()),
      min: fc.anything(),
      image: fc.oneof(fc.record({ platform: fc.anything(), amiId: fc.anything() }), fc.anything()),
      instanceTypes: fc.oneof(fc.array(fc.anything()), fc.anything()),
      bootScript: fc.anything(),
    },
    { requiredKeys: [] },
  );
  return fc.record(
    {
      name: fc.oneof(fc.constant('ci'), fc.anything()),
      circleci: fc.oneof(fc.record({ url: fc.anything() }), fc.anything()),
      tags: fc.oneof(fc.dictionary(fc.string(), fc.anything()), fc.anything()),
      network: fc.anything(),
      agent: fc.oneof(fc.record({ sha256: fc.anything() }), fc.anything()),
      resourceClasses: fc.oneof(fc.array(fleet), fc.anything()),
      github: fc.oneof(almostGitHub(), fc.anything()),
      gitlab: fc.oneof(almostGitLab(), fc.anything()),
    },
    { requiredKeys: [] },
  );
}

function almostGitHub(): fc.Arbitrary<unknown> {
  const fleet = fc.record(
    {
      name: fc.oneof(fc.constant('gpu'), fc.anything()),
      labels: fc.oneof(fc.array(fc.oneof(fc.string(), fc.anything())), fc.anything()),
      registerAt: fc.oneof(fc.constant('acme'), fc.anything()),
      runnerGroup: fc.oneof(fc.string(), fc.anything()),
      max: fc.oneof(fc.nat(), fc.anything()),
    },
    { requiredKeys: [] },
  );
  return fc.record(
    {
      url: fc.oneof(fc.constant('https://github.com'), fc.webUrl(), fc.anything()),
      owners: fc.oneof(fc.constant(['acme']), fc.array(fc.anything()), fc.anything()),
      repositories: fc.oneof(fc.array(fc.string()), fc.anything()),
      webhook: fc.anything(),
      agent: fc.oneof(fc.record({ sha256: fc.anything() }), fc.anything()),
      fleets: fc.oneof(fc.array(fleet), fc.anything()),
    },
    { requiredKeys: [] },
  );
}

function almostGitLab(): fc.Arbitrary<unknown> {
  const scope = fc.oneof(
    fc.constant('instance'),
    fc.record({ group: fc.anything() }),
    fc.record({ projects: fc.oneof(fc.array(fc.anything()), fc.anything()) }),
    fc.anything(),
  );
  const fleet = fc.record(
    {
      name: fc.oneof(fc.constant('acme/linux'), fc.anything()),
      runner: fc.oneof(fc.nat(), fc.anything()),
      tags: fc.oneof(fc.array(fc.string()), fc.anything()),
      runUntagged: fc.oneof(fc.boolean(), fc.anything()),
      executor: fc.anything(),
      max: fc.oneof(fc.nat(), fc.anything()),
    },
    { requiredKeys: [] },
  );
  return fc.record(
    {
      url: fc.oneof(fc.constant('https://gitlab.com'), fc.webUrl(), fc.anything()),
      scope,
      fleets: fc.oneof(fc.array(fleet), fc.anything()),
    },
    { requiredKeys: [] },
  );
}

function validConfig(): fc.Arbitrary<object> {
  return fc.record({
    name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,31}$/),
    passIntervalSeconds: fc.integer({ min: 5, max: 60 }),
    resourceClasses: fc.uniqueArray(validFleet(), {
      minLength: 1,
      maxLength: 8,
      selector: ({ resourceClass }) => resourceClass,
    }),
  });
}

function validFleet() {
  const arm64 = fc.subarray(['m7g.large', 'c7g.large', 't4g.medium'], { minLength: 1 });
  const x86 = fc.subarray(['m7i.large', 'c7a.xlarge', 't3.medium'], { minLength: 1 });
  return fc
    .record({
      resourceClass: fc.stringMatching(/^[a-z0-9_-]{1,20}\/[A-Za-z0-9:_+-]{1,40}$/),
      max: fc.integer({ min: 1, max: 10_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      instanceTypes: fc.option(fc.oneof(arm64, x86), { nil: undefined }),
      purchase: fc.constantFrom('on-demand', 'spot'),
      image: fc.constantFrom(...PLATFORM_NAMES),
      idleTimeoutMinutes: fc.integer({ min: 2, max: 1440 }),
      bootScript: fc.option(fc.constant('apt-get install -y docker.io'), { nil: undefined }),
    })
    .map(({ share, ...fleet }) => ({
      ...fleet,
      min: Math.floor(share * fleet.max),
      headroom: Math.floor((1 - share) * fleet.max),
      maxRunTimeMinutes: Math.max(5, fleet.idleTimeoutMinutes),
    }));
}

function outcomeOf(config: unknown): string {
  try {
    resolveConfig(config);
    return 'resolved';
  } catch (error) {
    if (!(error instanceof ConfigError)) return `threw ${String(error)}`;
    return error.problems.length > 0 ? 'refused' : 'refused without a reason';
  }
}
