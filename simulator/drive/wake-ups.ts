/**
 * The world's time as it passes for a scaler that events wake: a machine tells that its task has ended,
 * and EC2 that a machine shuts down.
 */
import type { World, WorldEventKind } from '../world/world.ts';
import type { Advance } from './virtual-clock.ts';

/** The events that lead to a look, as the infrastructure has them. */
export const WAKING_EVENTS: readonly WorldEventKind[] = ['task-ended', 'instance-shutting-down'];

/** From the event to the look: EventBridge, and the start of an invocation. */
export const WAKE_UP_LATENCY_MS = 1_500;

export interface WakingTime {
  /** Lets the world go on until a moment, with every wake-up that falls due meanwhile. */
  readonly advance: Advance;
}

/** @param wake looks when an event of this group asks for it */
export function wakingTime(world: World, wake: (group: string) => Promise<void>): WakingTime {
  const due: { readonly at: number; readonly group: string }[] = [];
  world.onEvent(({ kind, group, at }) => {
    if (WAKING_EVENTS.includes(kind)) due.push({ at: at + WAKE_UP_LATENCY_MS, group });
  });
  return {
    async advance(until) {
      for (;;) {
        const wakeAt = due[0]?.at ?? Number.POSITIVE_INFINITY;
        const eventAt = world.nextEventAt() ?? Number.POSITIVE_INFINITY;
        world.advanceTo(Math.min(wakeAt, eventAt, until));
        // The queue is in order of time, because all of them take equally long.
        const next = world.now() === wakeAt ? due.shift() : undefined;
        if (next !== undefined) await wake(next.group);
        else if (eventAt > until) return;
      }
    },
  };
}
