/** What a probe's resources are called, so that they can be told from everything else in the account. */

/** Begins the name of every stack a probe makes; the rest is random for each run. */
export const PROBE_PREFIX = 'runner-scaler-probe-';

/** @param random bytes, new for each run */
export function probeName(random: Uint8Array): string {
  return `${PROBE_PREFIX}${Buffer.from(random).toString('hex')}`;
}

/** Whether a stack was made by a probe. The whole name is compared, because such stacks get deleted. */
export function isProbeName(name: string): boolean {
  return name.startsWith(PROBE_PREFIX) && /^[0-9a-f]{8}$/.test(name.slice(PROBE_PREFIX.length));
}

/** The outputs of the stack, by the names that CloudFormation gives them. */
export const OUTPUT = {
  group: 'ProbeGroup',
  standIn: 'ProbeStandIn',
  log: 'ProbeLog',
} as const;
