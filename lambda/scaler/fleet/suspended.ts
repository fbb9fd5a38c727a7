/** Scaling processes: the ones that the scaler keeps suspended, and what it means where others are. */
import { decodeHold } from '../contract/tags.ts';
import type { Fleet } from './fleets.ts';

/**
 * Processes that work against the rule, suspended wherever a pass finds them active: AZRebalance ends
 * machines to even out the zones, and AlarmNotification carries out dynamic scaling policies, which a
 * group's description does not show.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
 */
export const KEPT_SUSPENDED = ['AZRebalance', 'AlarmNotification'] as const;

/** What follows for the jobs where somebody, or AWS, has suspended a process that the rule counts on. */
const MISSED: ReadonlyMap<string, string> = new Map([
  ['Launch', 'no machine starts'],
  ['Terminate', 'the group ends no machine, and those that should leave are counted as present'],
  ['HealthCheck', 'machines that are gone are counted as present'],
  ['ReplaceUnhealthy', 'machines that are gone are counted as present'],
]);

/**
 * One sentence on the processes that are missed: what was found, what follows, and what to do.
 *
 * @returns undefined when none of them is suspended
 */
export function suspensionWarning(
  fleet: Pick<Fleet, 'group' | 'suspended' | 'suspendedBecause' | 'hold'>,
): string | undefined {
  const missed = missedProcesses(fleet);
  if (missed.length === 0) return undefined;
  const found = missed.map((process) => {
    const why = fleet.suspendedBecause?.get(process);
    return why === undefined ? process : `${process} (${why})`;
  });
  const follows = new Set(missed.map((process) => MISSED.get(process)));
  return (
    `suspended in the group: ${found.join(', ')}, so ${[...follows].join(', and ')}; resume with: ` +
    `aws autoscaling resume-processes --auto-scaling-group-name ${fleet.group} ` +
    `--scaling-processes ${missed.join(' ')}`
  );
}

/** The suspended processes that the rule counts on. A drain suspends Launch, which is then no surprise. */
export function missedProcesses({
  suspended,
  hold,
}: Pick<Fleet, 'suspended' | 'hold'>): readonly string[] {
  const drains = decodeHold(hold)?.kind === 'drain';
  return [...MISSED.keys()].filter(
    (process) => suspended.includes(process) && !(drains && process === 'Launch'),
  );
}
