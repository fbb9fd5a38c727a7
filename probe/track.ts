/**
 * What was seen of one machine, reading by reading, and when it therefore passed from one stage to the next.
 *
 * A reading shows that something has happened, not when: it was after the reading before was sent and by the
 * time this one was answered. The middle of the two is taken, so a span between two such moments is
 * wrong by one polling step at most, and neither too long nor too short on average.
 */

/** The stages of an instance in its group, in their order; AWS's names for the first five. */
const LIFECYCLE = [
  'Pending',
  'Pending:Wait',
  'Pending:Proceed',
  'InService',
  'Terminating',
  'gone',
] as const;
export type LifecycleStage = (typeof LIFECYCLE)[number];

/** The stages of a machine, in their order; EC2's names. */
const MACHINE = ['pending', 'running', 'shutting-down', 'terminated'] as const;
export type MachineStage = (typeof MACHINE)[number];

/** One reading: what was seen, when it was asked for and when the answer came. */
export interface Reading<Stage extends string> {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly stage: Stage | undefined;
}

/** Something happened after one moment and by the other. */
export interface Moment {
  readonly after: number;
  readonly by: number;
}

export interface Track {
  readonly id: string;
  readonly lifecycle: readonly Reading<LifecycleStage>[];
  readonly machine: readonly Reading<MachineStage>[];
}

/** @param state Auto Scaling's */
export function lifecycleStage(state: string): LifecycleStage {
  if (state === 'Terminated') return 'gone';
  if (state.startsWith('Terminating')) return 'Terminating';
  // States of warm pools and standby, which no fleet has, count as in service.
  return LIFECYCLE.find((stage) => stage === state) ?? 'InService';
}

/** @param state EC2's; undefined when EC2 has forgotten the machine, or does not know it yet */
export function machineStage(state: string | undefined): MachineStage | undefined {
  if (state === 'stopping' || state === 'stopped') return 'shutting-down';
  return MACHINE.find((stage) => stage === state);
}

/** When the instance was first seen to have reached a stage, or one beyond it. */
export function reached(track: Track, stage: LifecycleStage): Moment | undefined {
  return firstAt(track.lifecycle, (seen) => LIFECYCLE.indexOf(seen) >= LIFECYCLE.indexOf(stage));
}

export function machineReached(track: Track, stage: MachineStage): Moment | undefined {
  return firstAt(track.machine, (seen) => MACHINE.indexOf(seen) >= MACHINE.indexOf(stage));
}

export function wasSeen(track: Track, stage: LifecycleStage): boolean {
  return track.lifecycle.some((reading) => reading.stage === stage);
}

export function machineWasSeen(track: Track, stage: MachineStage): boolean {
  return track.machine.some((reading) => reading.stage === stage);
}

/** What is known exactly, such as the answer to a call. */
export function exactly(at: number): Moment {
  return { after: at, by: at };
}

/** Seconds from one moment to the other; never negative. */
export function secondsBetween(from: Moment, to: Moment): number {
  return Math.max(0, middle(to) - middle(from)) / 1000;
}

function middle({ after, by }: Moment): number {
  return (after + by) / 2;
}

function firstAt<Stage extends string>(
  readings: readonly Reading<Stage>[],
  is: (stage: Stage) => boolean,
): Moment | undefined {
  const at = readings.findIndex(({ stage }) => stage !== undefined && is(stage));
  const reading = readings[at];
  if (reading === undefined) return undefined;
  return { after: readings[at - 1]?.askedAt ?? reading.askedAt, by: reading.answeredAt };
}
