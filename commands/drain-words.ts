/** What `drain` says of fleets and machines. */
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Machine, OperatedGroup } from './aws/groups.ts';
import type { DrainRequest } from './drain-request.ts';

const STAGES = [
  ['serves', 'in service'],
  ['boots', 'booting'],
  ['is-done', 'done with its job'],
  ['ends', 'ending'],
] as const satisfies readonly (readonly [Machine['stage'], string])[];

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** For example `3 machines: 2 in service, 1 booting`. */
export function machinesOf({ machines }: Pick<OperatedGroup, 'machines'>): string {
  if (machines.length === 0) return 'no machine';
  const parts = STAGES.flatMap(([stage, words]) => {
    const count = machines.filter((machine) => machine.stage === stage).length;
    return count === 0 ? [] : [`${count} ${words}`];
  });
  return `${counted(machines.length, 'machine')}: ${parts.join(', ')}`;
}

export function jobsAtMost(groups: readonly OperatedGroup[]): number {
  return groups.flatMap(({ machines }) => machines).filter(({ mayHoldTask }) => mayHoldTask).length;
}

/**
 * Seconds after which a group is empty at the latest, but for the minutes of a shutdown: an idle machine
 * may take a job that is queued now, and one that boots may take its own as late as it can.
 *
 * @returns undefined for a class that the config does not know
 */
export function longestSeconds(
  { resourceClass, machines }: OperatedGroup,
  { fleets }: Pick<ResolvedConfig, 'fleets'>,
): number | undefined {
  const fleet = fleets.find((each) => each.resourceClass === resourceClass);
  if (fleet === undefined) return undefined;
  const stages = new Set(machines.map(({ stage }) => stage));
  const working = fleet.idleTimeoutSeconds + fleet.maxRunTimeSeconds;
  if (stages.has('boots')) return fleet.bootTimeoutSeconds + working;
  return stages.has('serves') ? working : 0;
}

/** For example `5 h 15 min`. */
export function duration(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

export const EMPTY =
  'no machine is left and none is launched: npx cdk deploy and npx cdk destroy go through now';

export function goOn({ alsoTyped = '', classes, config }: DrainRequest): string {
  const which = classes === 'all' ? '--all' : `--class ${classes.join(' ')}`;
  const first = `npm run drain -- ${which}${alsoTyped}`;
  return [
    `go on (${config.name}):`,
    `  ${first} --wait      waits until no machine is left`,
    `  ${first} --end-now   ends the machines with their jobs`,
    `  ${first} --undo      lets the scaler launch again`,
  ].join('\n');
}

export function heldWords(group: OperatedGroup, { config, mode }: DrainRequest): string {
  if (group.machines.length === 0) return 'nothing is launched any more; no machine is left';
  if (mode === 'end-now') return `nothing is launched any more; ${machinesOf(group)}`;
  const seconds = longestSeconds(group, config);
  const most =
    seconds === undefined
      ? 'the longest job that its machines allow; the config does not know the class any more'
      : duration(seconds);
  return (
    `nothing is launched any more; ${machinesOf(group)}; each takes one job at most and ends by itself, ` +
    `the last within ${most} and a few minutes to shut down`
  );
}
