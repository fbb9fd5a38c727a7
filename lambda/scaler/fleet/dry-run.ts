/** A dry run: the two ports through which a pass acts, substituted by ones that only report. */
import type { PassPorts } from '../pass.ts';
import type { Fleet } from './fleets.ts';

type Acting = Pick<PassPorts, 'fleets' | 'report'>;

/** What a write leaves with its group until somebody changes it. */
type Left = Pick<Fleet, 'holdBack' | 'lastUsed' | 'suspended'>;

/**
 * The same fleets, changed by nobody: every write is only a warning, once per change. What a tag
 * or a suspended process would have left with a group is seen there from then on, until somebody else
 * changes it, so that the next pass goes on from it. The capacity is seen as it is, because no machine
 * follows; the warning comes again when it would be another one, or was for a while as it should be.
 */
export function dryRun({ fleets, report }: Acting): Acting {
  let real: ReadonlyMap<string, Left> = new Map();
  let left = new Map<string, Partial<Left>>();
  const capacities = new Map<string, number>();
  const tell = (what: string) => report.warning(`dry run: ${what}`);
  const leave = (group: string, change: Partial<Left>) => {
    left.set(group, { ...left.get(group), ...change });
  };

  const asLeft = (fleet: Fleet): Fleet => ({
    ...fleet,
    ...left.get(fleet.group),
  });

  return {
    fleets: {
      async discover(signal) {
        const discovery = await fleets.discover(signal);
        left = new Map(
          discovery.fleets.map((fleet) => {
            const { group } = fleet;
            return [group, untouched(left.get(group), { before: real.get(group), now: fleet })];
          }),
        );
        real = new Map(discovery.fleets.map((fleet) => [fleet.group, fleet]));
        for (const group of capacities.keys()) if (!real.has(group)) capacities.delete(group);
        return {
          ...discovery,
          fleets: discovery.fleets.map(asLeft),
        };
      },
      describe: async (groups, signal) => (await fleets.describe(groups, signal)).map(asLeft),
      setDesiredCapacity: async (group, desired) => {
        if (capacities.get(group) === desired) return;
        capacities.set(group, desired);
        tell(`would set the desired capacity of ${group} to ${desired}`);
      },
      suspend: async (group, processes) => {
        tell(`would suspend ${processes.join(' and ')} of ${group}`);
        const suspended = left.get(group)?.suspended ?? real.get(group)?.suspended ?? [];
        leave(group, { suspended: [...suspended, ...processes] });
      },
      resume: async (group, processes) => {
        tell(`would resume ${processes.join(' and ')} of ${group}`);
        const suspended = left.get(group)?.suspended ?? real.get(group)?.suspended ?? [];
        leave(group, { suspended: suspended.filter((each) => !processes.includes(each)) });
      },
      keep: async (group, kept) => {
        if (kept.holdBack !== undefined) {
          tell(`would keep the hold-back of ${group} as ${kept.holdBack}`);
        }
        leave(group, kept);
      },
      activities: async (group, from, signal) => fleets.activities(group, from, signal),
    },
    report: {
      ...report,
      outcome(outcome, by) {
        if (outcome.decision?.action === 'none') capacities.delete(outcome.fleet.group);
        report.outcome(outcome, by);
      },
    },
  };
}

interface Seen {
  readonly before: Left | undefined;
  readonly now: Left;
}

/** What was left and has not been overwritten since. */
function untouched(left: Partial<Left> = {}, { before, now }: Seen): Partial<Left> {
  const holdBack = left.holdBack !== undefined && before?.holdBack === now.holdBack;
  const lastUsed = left.lastUsed !== undefined && before?.lastUsed === now.lastUsed;
  const suspended =
    left.suspended !== undefined && sorted(before?.suspended) === sorted(now.suspended);
  return {
    ...(holdBack && { holdBack: left.holdBack }),
    ...(lastUsed && { lastUsed: left.lastUsed }),
    ...(suspended && { suspended: left.suspended }),
  };
}

/** Auto Scaling promises no order. */
function sorted(processes: readonly string[] = []): string {
  return [...processes].sort().join();
}
