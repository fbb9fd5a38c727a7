/** The scaler of this project: its own invocation, pass and policy, with and without events. */
import { DEFAULT_PASS_INTERVAL_SECONDS } from '../../../lambda/scaler/contract.ts';
import { InvocationError } from '../../../lambda/scaler/composition.ts';
import type { Report } from '../../../lambda/scaler/composition.ts';
import { directScaler } from '../../drive/direct.ts';
import { WAKING_EVENTS, deploy } from '../../drive/scaler-function.ts';
import type { Usage } from '../../drive/usage.ts';
import type { World, WorldEventKind } from '../../world/world.ts';
import { SCALER_FUNCTION } from '../control-plane-cost.ts';
import type { Rule } from './rule.ts';

interface Variant {
  /** Seconds from one pass to the next while a fleet is in use; 60 is the schedule's only. */
  readonly everySeconds: number;
  /** The events that lead to passes of their own. Default: none. */
  readonly events?: readonly WorldEventKind[];
  /** Puts something between the scaler and the world. Default: nothing. */
  readonly between?: (world: World) => World;
  /** Hears of every pass. Default: nobody. */
  readonly report?: Report;
}

export function ours(variant: Variant): Rule {
  const { everySeconds, events = [], report = SILENT } = variant;
  return {
    name: `ours-${everySeconds}s${events.length === 0 ? '' : '-events'}`,
    about: `this project, a pass each ${everySeconds} s${
      events.length === 0 ? '' : `, and at each ${events.join(' and ')}`
    }`,
    ...(everySeconds === DEFAULT_PASS_INTERVAL_SECONDS &&
      events === WAKING_EVENTS && { shipped: true }),
    source: { what: 'lambda/scaler/policy.ts of this project', url: '' },
    settings: {
      'seconds between passes': everySeconds,
      events: events.join(', ') || 'none',
      'read first': 'running',
    },
    host: SCALER_FUNCTION,
    start({ world, time, account }) {
      const { between = asItIs } = variant;
      const usage = account();
      const { newScaler } = directScaler({
        world: between(world),
        pace: time,
        usage,
        report: countingHeld(report, usage),
        passIntervalSeconds: everySeconds,
      });
      deploy({
        world,
        time,
        usage,
        newScaler,
        passIntervalSeconds: everySeconds,
        events,
        // A pass that failed is what worlds with faults have; anything else is a mistake.
        onFailure(error) {
          if (!(error instanceof InvocationError)) throw error;
        },
      });
    },
  };
}

const SILENT: Report = { outcome: () => undefined, warning: () => undefined };

function asItIs(world: World): World {
  return world;
}

/** Counts the time from each pass that found a class held back to the next pass over it. */
function countingHeld(report: Report, usage: Usage): Report {
  const since = new Map<string, number>();
  return {
    warning: (message) => report.warning(message),
    outcome(outcome, by) {
      report.outcome(outcome, by);
      const { fleet, at, demand, holdBack } = outcome;
      // A pass that could not read the class says nothing about it.
      if (demand === undefined) return;
      const last = since.get(fleet.group) ?? at;
      usage.heldMs += Math.max(at - last, 0);
      if (holdBack?.kind !== 'held') since.delete(fleet.group);
      else since.set(fleet.group, Math.max(at, last));
    },
  };
}
