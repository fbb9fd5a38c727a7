/** What EC2's naming convention says about an instance type, so that no request is needed. */
import type { Architecture } from '../runner-userdata/platforms.ts';

/**
 * Family letters, generation, attributes with options such as `-flex`, and the size. The high-memory and Mac
 * families have other names; neither can be a runner here.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
const INSTANCE_TYPE =
  /^(?<family>[a-z]+)(?<generation>\d+)(?<attributes>[a-z]*)(?:-[a-z0-9]+)*\.(?:nano|micro|small|medium|large|\d*xlarge|metal(?:-\d+xl)?)$/;

/**
 * The architecture of an instance type; undefined when the name is not that of an instance type. The
 * first attribute letter names the processor: `g` is AWS Graviton. The first Graviton family, `a1`,
 * is older than that rule.
 */
export function architectureOf(instanceType: string): Architecture | undefined {
  const parts = INSTANCE_TYPE.exec(instanceType)?.groups;
  if (parts === undefined || parts['family'] === 'mac') return undefined;
  const graviton =
    parts['attributes']?.startsWith('g') ||
    (parts['family'] === 'a' && parts['generation'] === '1');
  return graviton ? 'arm64' : 'x86_64';
}

/**
 * What is started when a fleet names no type: 2 vCPU and 8 GiB, a common size for CI. Spot gets several, because
 * one type alone is often not available.
 */
export const DEFAULT_INSTANCE_TYPES = {
  'on-demand': { x86_64: ['m7i.large'], arm64: ['m7g.large'] },
  spot: {
    x86_64: ['m7i.large', 'm7a.large', 'm6i.large', 'm6a.large', 'm5.large'],
    arm64: ['m7g.large', 'm6g.large', 'm8g.large'],
  },
} as const;
