/** What is wrong with a class in one pass, as numbers: somebody is told of it if it lasts. */
import { CLASS_METRIC, SCALER_METRIC, TROUBLE_METRIC } from './contract/metrics.ts';
import type { DemandFailure } from './demand/source.ts';
import { heldAt } from './fleet/scheduled.ts';
import { missedProcesses } from './fleet/suspended.ts';
import { isAbandoned } from './hold-back/evidence.ts';
import { suspends } from './hold-back/launch-process.ts';
import type { Failure, Outcome } from './pass.ts';

/** Machines beyond the wanted ones are many from here on: at least so many, and as many as are wanted. */
const EXCESS = 3;

/** The source answers in time, and does not take the credential. */
const REFUSED: ReadonlySet<Failure['kind']> = new Set<DemandFailure>([
  'unauthorized',
  'forbidden',
  'no-token',
]);

export type Numbers = Readonly<Record<string, number>>;

/** The troubles of a class by metric; those that it does not have are left out. */
export function troublesOf({
  fleet,
  at,
  demand,
  decision,
  failure,
  holdBack,
  trouble,
}: Outcome): Numbers {
  const present = fleet.pending.length + fleet.inService.length;
  const excess = decision === undefined ? 0 : present - decision.want;
  // What is suspended for a hold-back is part of it.
  const suspended = missedProcesses(fleet).filter(
    (process) => !(process === 'Launch' && suspends(holdBack)),
  );
  const launchFailed = trouble !== undefined && !isAbandoned(trouble) && fleet.desired > present;
  return positive({
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

/** The seconds of waiting, for the class while tasks wait, and for the scaler while there is room for more machines. */
export function waitsOf({ fleet, at, demand, waitedMs, decision }: Outcome): {
  readonly ofClass: Numbers;
  readonly ofScaler: Numbers;
} {
  if (demand === undefined || demand.unclaimed === 0 || waitedMs === undefined) {
    return { ofClass: {}, ofScaler: {} };
  }
  const seconds = Math.round(waitedMs / 1000);
  const isAtMax = decision?.reason === 'at-max' || heldAt(fleet, at) !== undefined;
  return {
    ofClass: { [CLASS_METRIC.queueSeconds]: seconds },
    ofScaler: isAtMax ? {} : positive({ [SCALER_METRIC.queueSecondsBelowMax]: seconds }),
  };
}

function positive(numbers: Numbers): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value > 0));
}
