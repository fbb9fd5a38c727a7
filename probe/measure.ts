/** All rounds of a probe, one after the other, on one machine at a time. */
import type { PendingCancel } from '../simulator/world/group-parameters.ts';
import { directRound, type DirectFigures, type DirectName } from './direct-round.ts';
import { NotMeasured } from './port.ts';
import {
  cancelRound,
  drain,
  type DurationName,
  type Figure,
  lifeRound,
  type Round,
} from './rounds.ts';

export interface MeasureOptions extends Round {
  /** How often each thing is measured. */
  readonly rounds: number;
  /** Called before each round with what it does. */
  readonly onRound: (text: string) => void;
}

/** What was measured: seconds of each round, and why some are missing. */
export interface Measured {
  readonly durations: Readonly<Record<DurationName | DirectName, Sample>>;
  readonly pendingCancel: Choice;
  /** Calls of `LaunchInstances` that were answered, and those that raised the desired capacity. */
  readonly launchInstances: { readonly raised: number; readonly of: number };
}

export interface Sample {
  readonly seconds: readonly number[];
  /** Why a round gave none, each reason once. */
  readonly reasons: readonly string[];
}

export interface Choice {
  readonly value: PendingCancel | undefined;
  /** Rounds in which the instance was ended, and rounds that tell, for each stage of a launch. */
  readonly seen: Readonly<Record<CancelStage, { readonly ended: number; readonly of: number }>>;
  readonly reasons: readonly string[];
}

type CancelStage = 'Pending' | 'Pending:Wait';

export const DURATIONS = [
  'launchLag',
  'pendingToRunning',
  'boot',
  'proceed',
  'firstClaim',
  'terminate',
  'shutdown',
  'noticeLag',
] as const satisfies readonly DurationName[];

/** Measured as well; the simulator has no parameters of these names. */
export const DIRECT = [
  'launchInstancesAnswer',
  'launchInstancesListed',
  'launchInstancesRunning',
] as const satisfies readonly DirectName[];

const ALL = [...DURATIONS, ...DIRECT] as const;

const STAGES = ['Pending', 'Pending:Wait'] as const satisfies readonly CancelStage[];

/** A measurement under way: what it has so far is there even when it is stopped in the middle. */
export interface Measurement {
  run(): Promise<void>;
  result(): Measured;
}

export function measurement(options: MeasureOptions): Measurement {
  const { fleet, pace, rounds, onRound } = options;
  const samples: Record<DurationName | DirectName, Growing> = {
    launchLag: growing(),
    pendingToRunning: growing(),
    boot: growing(),
    proceed: growing(),
    firstClaim: growing(),
    terminate: growing(),
    shutdown: growing(),
    noticeLag: growing(),
    launchInstancesAnswer: growing(),
    launchInstancesListed: growing(),
    launchInstancesRunning: growing(),
  };
  const direct = { raised: 0, of: 0 };
  const cancels = {
    Pending: { ended: 0, of: 0 },
    'Pending:Wait': { ended: 0, of: 0 },
  };
  const cancelReasons = new Set<string>();

  function keep(figures: Partial<Record<DurationName | DirectName, Figure>>): void {
    for (const name of ALL) {
      const figure = figures[name];
      if (figure instanceof NotMeasured) giveReason(samples[name], figure.message);
      else if (figure !== undefined) samples[name].seconds.push(figure);
    }
  }

  function keepDirect({ durations, raised }: DirectFigures): void {
    keep(durations);
    if (raised === undefined) return;
    direct.of += 1;
    if (raised) direct.raised += 1;
  }

  async function tryCancel(stage: CancelStage): Promise<void> {
    try {
      const ended = await cancelRound(options, stage);
      cancels[stage].of += 1;
      if (ended) cancels[stage].ended += 1;
    } catch (error) {
      if (!(error instanceof NotMeasured)) throw error;
      cancelReasons.add(error.message);
    }
  }

  const plan: readonly (readonly [what: string, run: () => Promise<void>])[] = Array.from(
    { length: rounds },
    () =>
      [
        [
          'a machine from its launch to its end through the group',
          async () => keep(await lifeRound(options, 'terminate')),
        ],
        [
          'a machine that stops behind the back of its group',
          async () => keep(await lifeRound(options, 'stop')),
        ],
        [
          'a machine by LaunchInstances until it runs',
          async () => keepDirect(await directRound(options)),
        ],
        ...STAGES.map(
          (stage) =>
            [`capacity taken back from a ${stage} machine`, async () => tryCancel(stage)] as const,
        ),
      ] as const,
  ).flat();

  return {
    async run() {
      try {
        for (const [index, [what, run]] of plan.entries()) {
          if (fleet.now() >= pace.endAt)
            throw new NotMeasured('the time limit of the probe was reached');
          onRound(`${index + 1} of ${plan.length}: ${what}`);
          await run();
          await drain(options);
        }
      } catch (error) {
        if (!(error instanceof NotMeasured)) throw error;
        for (const name of ALL) giveReason(samples[name], error.message);
        cancelReasons.add(error.message);
      }
    },
    result: () => ({
      durations: structuredClone(samples),
      pendingCancel: {
        seen: { Pending: { ...cancels.Pending }, 'Pending:Wait': { ...cancels['Pending:Wait'] } },
        ...chosen(cancels, cancelReasons),
      },
      launchInstances: { ...direct },
    }),
  };
}

interface Growing extends Sample {
  readonly seconds: number[];
  readonly reasons: string[];
}

function growing(): Growing {
  return { seconds: [], reasons: [] };
}

function giveReason({ reasons }: Growing, reason: string): void {
  if (!reasons.includes(reason)) reasons.push(reason);
}

/** The simulator has one behaviour for all instances, so it gets only one that every round showed. */
function chosen(
  seen: Choice['seen'],
  reasons: ReadonlySet<string>,
): Pick<Choice, 'value' | 'reasons'> {
  const undecided = (...more: readonly string[]) => ({
    value: undefined,
    reasons: [...reasons, ...more],
  });
  const answers = STAGES.map((stage) => {
    const { ended, of } = seen[stage];
    return of === 0 || (ended > 0 && ended < of) ? undefined : ended === of;
  });
  for (const stage of STAGES) {
    const { ended, of } = seen[stage];
    if (ended > 0 && ended < of) {
      return undecided(`${ended} of ${of} instances that were ${stage} ended, the others did not`);
    }
  }
  const [pending, waiting] = answers;
  if (pending === undefined || waiting === undefined) return undecided();
  if (waiting && !pending) {
    return undecided(
      'waiting instances ended and Pending ones did not, which the simulator does not have',
    );
  }
  const value = waiting ? 'pending-and-waiting' : pending ? 'pending' : 'none';
  return { value, reasons: [...reasons] };
}
