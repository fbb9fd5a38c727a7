/** Reads one machine of the group again and again, until something holds or the patience ends. */
import { NotMeasured, type ProbedFleet } from './port.ts';
import {
  type LifecycleStage,
  lifecycleStage,
  type Reading,
  type MachineStage,
  machineStage,
  type Track,
} from './track.ts';

export interface Pace {
  /** Milliseconds from one reading to the next. */
  readonly stepMs: number;
  /** Milliseconds after which something that did not happen is given up. */
  readonly patienceMs: number;
  /** When the whole run ends, in milliseconds since the epoch. */
  readonly endAt: number;
}

export interface Watch extends Track {
  readonly lifecycle: Reading<LifecycleStage>[];
  readonly machine: Reading<MachineStage>[];
}

/** @param unlisted what an instance is that the group does not list */
export async function lookAt(
  fleet: ProbedFleet,
  watch: Watch,
  unlisted: 'gone' | 'not yet' = 'gone',
): Promise<void> {
  const askedAt = fleet.now();
  const listed = await fleet.instances();
  const answeredAt = fleet.now();
  const state = await fleet.machineState(watch.id);
  const instance = listed.find(({ id }) => id === watch.id);
  const absent = unlisted === 'gone' ? unlisted : undefined;
  const stage = instance === undefined ? absent : lifecycleStage(instance.lifecycle);
  watch.lifecycle.push({ askedAt, answeredAt, stage });
  watch.machine.push({
    askedAt: answeredAt,
    answeredAt: fleet.now(),
    stage: machineStage(state),
  });
}

/**
 * Repeats `attempt` until it gives a value.
 *
 * @throws NotMeasured that says what did not happen
 */
export async function patiently<T>(
  {
    fleet,
    pace,
    what,
  }: { readonly fleet: ProbedFleet; readonly pace: Pace; readonly what: string },
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const begin = fleet.now();
  for (;;) {
    const askedAt = fleet.now();
    const value = await attempt();
    if (value !== undefined) return value;
    const now = fleet.now();
    if (now >= pace.endAt) throw new NotMeasured('the time limit of the probe was reached');
    if (now - begin >= pace.patienceMs) {
      throw new NotMeasured(`${what} within ${Math.round(pace.patienceMs / 1000)} s`);
    }
    // From the beginning of one reading to that of the next, however long the answers take.
    await fleet.sleep(Math.max(0, askedAt + pace.stepMs - now));
  }
}
