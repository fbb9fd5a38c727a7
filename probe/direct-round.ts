/** One round of `LaunchInstances`: how fast it answers, and when the machine it answers with is there. */
import { NotMeasured } from './port.ts';
import type { Figure, Round } from './rounds.ts';
import { exactly, machineReached, machineWasSeen, reached, secondsBetween } from './track.ts';
import { lookAt, patiently, type Watch } from './watch.ts';

/**
 * What such a round measures. These are no parameters of the simulator, which has no scaler that launches this way. The
 * first two together, from the call until the group lists the machine, correspond to its `launchLag`.
 */
export type DirectName =
  'launchInstancesAnswer' | 'launchInstancesListed' | 'launchInstancesRunning';

export interface DirectFigures {
  readonly durations: Readonly<Record<DirectName, Figure>>;
  /** Whether the group wanted one more once the call was answered; undefined when it was refused. */
  readonly raised: boolean | undefined;
}

/** Launches a machine and follows it until the group lists it and EC2 calls it running. */
export async function directRound({ fleet, pace }: Round): Promise<DirectFigures> {
  const before = await fleet.desiredCapacity();
  const launched = await launchIn({ fleet, pace });
  if (launched instanceof NotMeasured) return unmeasured(launched);
  const { id, answerSeconds } = launched;
  const answered = exactly(fleet.now());
  const raised = (await fleet.desiredCapacity()) > before;
  const none = { askedAt: answered.by, answeredAt: answered.by, stage: undefined };
  const watch: Watch = { id, lifecycle: [none], machine: [none] };
  const what = 'the machine was not both listed and running';
  const seen = await patiently({ fleet, pace, what }, async () => {
    await lookAt(fleet, watch, reached(watch, 'Pending') === undefined ? 'not yet' : 'gone');
    const both = reached(watch, 'Pending') !== undefined && machineWasSeen(watch, 'running');
    return both || machineReached(watch, 'shutting-down') !== undefined ? true : undefined;
  }).catch(asReason);
  const ended = new NotMeasured('the machine ended before that was seen');
  const reason = seen instanceof NotMeasured ? seen : ended;
  const listed = reached(watch, 'Pending');
  // Nobody would end a machine that is in no group.
  if (listed === undefined) await fleet.stopMachine(id);
  const runs = machineWasSeen(watch, 'running') ? machineReached(watch, 'running') : undefined;
  return {
    durations: {
      launchInstancesAnswer: answerSeconds,
      launchInstancesListed: listed === undefined ? reason : secondsBetween(answered, listed),
      launchInstancesRunning: runs === undefined ? reason : secondsBetween(answered, runs),
    },
    raised,
  };
}

interface Launched {
  readonly id: string;
  readonly answerSeconds: number;
}

/** In the first of the group's zones: one call launches in one zone. */
async function launchIn({ fleet }: Round): Promise<Launched | NotMeasured> {
  const [zone] = await fleet.zones();
  if (zone === undefined) return new NotMeasured('the group names no zone');
  const askedAt = fleet.now();
  try {
    const id = await fleet.launchIn(zone);
    return { id, answerSeconds: (fleet.now() - askedAt) / 1000 };
  } catch (error) {
    return asReason(error);
  }
}

function unmeasured(reason: NotMeasured): DirectFigures {
  return {
    durations: {
      launchInstancesAnswer: reason,
      launchInstancesListed: reason,
      launchInstancesRunning: reason,
    },
    raised: undefined,
  };
}

function asReason(error: unknown): NotMeasured {
  if (error instanceof NotMeasured) return error;
  throw error;
}
