/** What is wrong with a class in one pass, as numbers: somebody is told of it if it lasts. */
import { CLASS_METRIC, TROUBLE_METRIC } from './contract/metrics.ts';
import type { DemandFailure } from './demand/source.ts';
import { heldAt } from './fleet/scheduled.ts';
import { missedProcesses } from './fleet/suspended.ts';
import { isAbandoned } from './hold-back/evidence.ts';
import { suspends } from './hold-back/launch-process.ts';
import type { Failure, Outcome } from './pass.ts';

/** Machines beyond the wanted ones are many from here on: at least so many, and as many as are wanted. */
const EXCESS = 3;

/** A wait is a trouble from here on at the earliest; an alarm says from when on somebody is told. */
const LONG_WAIT_SECONDS = 120;

/** The source answers in time, and does not take the credential. */
const REFUSED: ReadonlySet<Failure['kind']> = new Set<DemandFailure>([
  'unauthorized',
  'forbidden',
  'no-token',
]);

export type Numbers = Readonly<Record<string, number>>;

/** Whether the class takes no more machines: it is at its maximum, or somebody holds it back. */
export function isFull({ fleet, at, decision }: Pick<Outcome, 'at' | 'decision' | 'fleet'>) {
  return decision?.reason === 'at-max' || heldAt(fleet, at) !== undefined;
}

/** The troubles of a class by metric; those that it does not have are left out. */
export function troublesOf(outcome: Outcome): Numbers {
  const { fleet, at, demand, decision, failure, holdBack, trouble } = outcome;
  const present = fleet.pending.length + fleet.inService.length;
  const excess = decision === undefined ? 0 : present - decision.want;
  // What is suspended for a hold-back is part of it.
  const suspended = missedProcesses(fleet).filter(
    (process) => !(process === 'Launch' && suspends(holdBack)),
  );
  const launchFailed = trouble !== undefined && !isAbandoned(trouble) && fleet.desired > present;
  const wait = waitBelowMax(outcome);
  return positive({
    [TROUBLE_METRIC.waitsBelowMax]: wait < LONG_WAIT_SECONDS ? 0 : wait,
    [TROUBLE_METRIC.failed]: failure ? 1 : 0,
    [TROUBLE_METRIC.credentialRefused]: failure && REFUSED.has(failure.kind) ? 1 : 0,
    [TROUBLE_METRIC.atMax]:
      decision?.reason === 'at-max' && !heldAt(fleet, at) ? (demand?.unclaimed ?? 0) : 0,
    [TROUBLE_METRIC.launchFailed]: launchFailed ? 1 : 0,
    [TROUBLE_METRIC.held]: decision?.held ?? 0,
    [TROUBLE_METRIC.excess]: decision && excess >= Math.max(EXCESS, decision.want) ? excess : 0,
    [TROUBLE_METRIC.suspended]: suspended.length,
  });
}

/** The seconds of waiting, while tasks wait. */
export function waitsOf({ demand, waitedMs }: Outcome): Numbers {
  if (demand === undefined || demand.unclaimed === 0 || waitedMs === undefined) return {};
  return { [CLASS_METRIC.queueSeconds]: Math.round(waitedMs / 1000) };
}

/** Those since the class was last seen to be full: what waited for room then waits for a machine now. */
function waitBelowMax({ at, demand, waitedMs = 0, fullAt = Number.NEGATIVE_INFINITY }: Outcome) {
  const waits = demand !== undefined && demand.unclaimed > 0;
  return waits ? Math.round(Math.min(waitedMs, at - fullAt) / 1000) : 0;
}

function positive(numbers: Numbers): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value > 0));
}
