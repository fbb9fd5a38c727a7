/** What the control plane costs, line by line, with few classes and many, at rest and in a storm. */
import { firstHours } from '../../../cli/workload.ts';
import { BUILT_IN_START } from '../../../workload/built-in-start.ts';
import { WAKING_EVENTS } from '../../../drive/scaler-function.ts';
import type { Parameters } from '../../../world/parameters.ts';
import type { Case, Work } from '../../case.ts';
import { type ControlCost, SCALER_FUNCTION } from '../../control-plane-cost.ts';
import { ours } from '../../rules/ours.ts';
import type { Rule } from '../../rules/rule.ts';
import type { Column, Table } from '../../table.ts';
import { classNames, sparseClasses } from '../../workloads.ts';
import type { Given, Topic } from './topic.ts';

export const CONTROL_PLANE: Topic = {
  name: 'control-plane',
  about: 'what the control plane costs a month, line by line, by classes and how they are used',
  tables: (given) => (given.trace === undefined ? [costs(given)] : []),
};

const DAYS = 3;
const HOUR_MS = 3_600_000;

/** A pass of describe and two counts takes three times as long. */
const CALLS: Partial<Parameters> = { callTime: { min: 0.1, max: 0.1 } };
const UNUSED: Partial<Parameters> = { ...CALLS, lastUse: 365 };

/** All machines of a batch take just as long, so that they end within the same second. */
const AT_ONCE: Partial<Parameters> = {
  ...CALLS,
  launchLag: always(3),
  pendingToRunning: always(8),
  boot: always(50),
  proceed: always(1),
  firstClaim: always(2),
  report: always(1),
  tell: always(1),
  exit: always(4),
};

function always(seconds: number) {
  return { min: seconds, max: seconds };
}

function costs({ seeds = 1, hours }: Given): Table {
  const rows: readonly (readonly [number, string, number, Work, Partial<Parameters>])[] = [
    1, 10, 100,
  ].flatMap((classes) => {
    const rest = idle(classes, hours ?? 24 * DAYS);
    const use = inUse(classes, hours);
    return [
      [classes, 'no task for 14 days', 10, rest, UNUSED] as const,
      [classes, 'no task today', 10, rest, CALLS] as const,
      ...[60, 10, 5].map((every) => [classes, 'in use', every, use, CALLS] as const),
      [classes, 'a storm each hour', 10, storms(classes, hours ?? 6), AT_ONCE] as const,
    ];
  });
  return {
    title: 'control plane, USD a month',
    labels: ['classes', 'state', 'seconds between passes'],
    seeds,
    columns: [
      ...(['function', 'queue', 'schedule', 'events', 'log'] as const).map((part): Column => ({
        heading: part,
        decimals: 2,
        of: ({ whole }) => whole.control[part],
      })),
      { heading: 'all together', decimals: 2, of: ({ whole }) => totalOf(whole.control) },
    ],
    cases: rows.map(([classes, state, everySeconds, work, parameters]): Case => ({
      name: [String(classes), state, String(everySeconds)],
      work,
      parameters,
      rule: shipped(classes, everySeconds),
    })),
  };
}

function totalOf(control: ControlCost): number {
  return Object.values(control).reduce((sum, usd: number) => sum + usd, 0);
}

/** With the memory that the deployment gives it for so many classes. */
function shipped(classes: number, everySeconds: number): Rule {
  const rule = ours({ everySeconds, events: WAKING_EVENTS });
  return { ...rule, host: { ...SCALER_FUNCTION, memoryMib: classes > 20 ? 512 : 256 } };
}

/** About 1,000 tasks a month and class, most of them released by others. */
function inUse(classes: number, hours = 24 * DAYS): Work {
  return {
    name: `${classes} classes in use`,
    of(seed) {
      const startAt = BUILT_IN_START;
      const tasks = sparseClasses(classes, { seed, startAt, days: DAYS });
      return { ...firstHours({ startAt, tasks }, hours), hours };
    },
  };
}

/** Nothing, until a task of each class at the very end shows which classes there are. */
function idle(classes: number, hours: number): Work {
  return {
    name: `${classes} classes at rest`,
    of: () => ({
      startAt: BUILT_IN_START,
      hours,
      tasks: classNames(classes).map((resourceClass) =>
        task(resourceClass, { at: hours, minutes: 1 }),
      ),
    }),
  };
}

/** Four machines of each class end at once, each hour. */
function storms(classes: number, hours: number): Work {
  return {
    name: `storms of ${classes} classes`,
    of: () => ({
      startAt: BUILT_IN_START,
      hours,
      tasks: Array.from({ length: hours }, (_, hour) =>
        classNames(classes).flatMap((resourceClass) =>
          Array.from({ length: 4 }, () => task(resourceClass, { at: hour, minutes: 10 })),
        ),
      )
        .flat()
        .map((each, index) => ({ ...each, id: `${each.id}/${index}` })),
    }),
  };
}

function task(resourceClass: string, when: { readonly at: number; readonly minutes: number }) {
  const id = `${resourceClass}/${when.at}`;
  return {
    id,
    pipeline: id,
    resourceClass,
    releaseAt: BUILT_IN_START + when.at * HOUR_MS,
    durationMs: when.minutes * 60_000,
    after: [],
  };
}
