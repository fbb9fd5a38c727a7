/** The scaler of this project: its own invocation, look and policy, with and without events. */
import { InvocationError, type Report } from '../../../lambda/scaler/composition.ts';
import { directScaler } from '../../drive/direct.ts';
import { WAKING_EVENTS, deploy } from '../../drive/scaler-function.ts';
import type { Usage } from '../../drive/usage.ts';
import type { World, WorldEventKind } from '../../world/world.ts';
import { SCALER_FUNCTION } from '../control-plane-cost.ts';
import type { Rule } from '../rule.ts';

interface Variant {
  /** Seconds from one pass to the next while a fleet is in use; 60 is the schedule's only. */
  readonly everySeconds: number;
  /** The events that lead to looks of their own. Default: none. */
  readonly events?: readonly WorldEventKind[];
  /** Which count is read first. Default: running, as shipped. */
  readonly first?: 'running' | 'unclaimed';
  /** Puts something between the scaler and the world. Default: nothing. */
  readonly between?: (world: World) => World;
  /** Hears of every look. Default: nobody. */
  readonly report?: Report;
}

const EVENT_NAMES: Readonly<Record<WorldEventKind, string>> = {
  'task-ended': 'task-events',
  'instance-shutting-down': 'shutdown-events',
  'instance-terminated': 'late-events',
  'launch-failed': 'failure-events',
};

export function ours(variant: Variant): Rule {
  const { everySeconds, events = [], first = 'running', report = SILENT } = variant;
  const parts = [
    `ours-${everySeconds}s`,
    ...(events === WAKING_EVENTS ? ['events'] : events.map((event) => EVENT_NAMES[event])),
    ...(first === 'unclaimed' ? ['unclaimed-first'] : []),
  ];
  return {
    name: parts.join('-'),
    about: `this project, a pass each ${everySeconds} s${
      events.length === 0 ? '' : `, and at each ${events.join(' and ')}`
    }${first === 'unclaimed' ? ', unclaimed read first' : ''}`,
    source: { what: 'lambda/scaler/policy.ts of this project', url: '' },
    settings: {
      'seconds between passes': everySeconds,
      events: events.join(', ') || 'none',
      'read first': first,
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
        first,
      });
      deploy({
        world,
        time,
        usage,
        newScaler,
        passIntervalSeconds: everySeconds,
        events,
        // A look that failed is what worlds with faults have; anything else is a mistake.
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

/** Counts the time from each look that found a class held back to the next look at it. */
function countingHeld(report: Report, usage: Usage): Report {
  const since = new Map<string, number>();
  return {
    warning: (message) => report.warning(message),
    outcome(outcome, by) {
      report.outcome(outcome, by);
      const { fleet, at, demand, holdBack } = outcome;
      // What could not be read tells nothing of it.
      if (demand === undefined) return;
      const last = since.get(fleet.group) ?? at;
      usage.heldMs += Math.max(at - last, 0);
      if (holdBack?.kind !== 'held') since.delete(fleet.group);
      else since.set(fleet.group, Math.max(at, last));
    },
  };
}
