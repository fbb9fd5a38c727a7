/** What wakes a scaler between its minutes: a machine says that its task has ended, or shuts down. */
import type { Selection } from '../../lambda/scaler/look.ts';
import type { World, WorldEventKind } from '../world/world.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The events that lead to a look, as the infrastructure has them. */
export const WAKING_EVENTS: readonly WorldEventKind[] = ['task-ended', 'instance-shutting-down'];

/** From the event to the look: EventBridge, and the start of an invocation. */
export const WAKE_UP_LATENCY_MS = 1_500;

export interface WakeUps {
  readonly world: World;
  readonly time: VirtualTime;
  readonly events: readonly WorldEventKind[];
  /** Looks because of an event of a machine of this fleet. */
  readonly wake: (about: Selection, kind: WorldEventKind) => Promise<unknown>;
}

export function wakeOnEvents({ world, time, events, wake }: WakeUps): void {
  world.onEvent(({ kind, at, group: name }) => {
    if (!events.includes(kind)) return;
    time.start(async () => {
      await time.sleepUntil(at + WAKE_UP_LATENCY_MS);
      await wake(({ group }) => group === name, kind);
    });
  });
}
