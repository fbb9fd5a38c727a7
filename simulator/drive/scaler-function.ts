/** The scaler as its deployment runs it: each minute, at events, in as many containers as it takes. */
import { PERIOD_MS } from '../../lambda/scaler/invocation.ts';
import type { LastWord } from '../../lambda/scaler/invocation-event.ts';
import type { Selection } from '../../lambda/scaler/look.ts';
import type { Scaler } from '../../lambda/scaler/scaler.ts';
import { type Draw, drawMs } from '../world/random.ts';
import type { World, WorldEventKind } from '../world/world.ts';
import { createContainers } from './containers.ts';
import { repeat } from './repeat.ts';
import type { Usage } from './usage.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The events that lead to a look, as the infrastructure has them: a task has ended, a machine goes. */
export const WAKING_EVENTS: readonly WorldEventKind[] = ['task-ended', 'instance-shutting-down'];

/** The function's time limit, as its deployment sets it. */
const FUNCTION_TIMEOUT_MS = 60_000;

/** Turns before the next event that are replayed after all: the scaler's memory goes back so far. */
const REMEMBERED_TURNS = 3;

export interface ScalerFunction {
  readonly world: World;
  readonly time: VirtualTime;
  /** What it is counted in; its looks and calls are counted by the scaler itself. */
  readonly usage: Usage;
  /** Makes the scaler of a new container. */
  readonly newScaler: () => Scaler;
  /** The events that wake it. */
  readonly events: readonly WorldEventKind[];
  /** Told of every invocation that failed. */
  readonly onFailure: (error: unknown) => void;
  /** Called, and waited for, after every turn of the schedule that is not skipped. */
  readonly onMinute?: (() => void | Promise<void>) | undefined;
  /** Hears of the turns of the schedule that were counted and not replayed. */
  readonly onSkipped?: (turns: number) => void;
  /** No turn after this moment is counted. */
  readonly endAt?: number;
}

/** Starts the schedule and whatever the events lead to; they go on for as long as the world does. */
export function deploy(scalerFunction: ScalerFunction): void {
  const { world, time, usage, newScaler, events, onFailure } = scalerFunction;
  const containers = createContainers(world, newScaler);

  /** @returns true when another invocation at the same world would do nothing */
  async function invoked(about?: Selection, word?: LastWord): Promise<boolean> {
    usage.invocations += 1;
    const begin = world.now();
    return containers.run(async (scaler) => {
      try {
        const { looks, timed } = await scaler(FUNCTION_TIMEOUT_MS, about, word);
        return looks === 1 && !timed;
      } catch (error) {
        onFailure(error);
        return false;
      } finally {
        usage.ranMs += world.now() - begin;
      }
    });
  }

  repeat(
    { world, time },
    {
      usage,
      everyMs: PERIOD_MS,
      replay: REMEMBERED_TURNS,
      cycle: () => containers.cycle,
      ...(scalerFunction.endAt !== undefined && { endAt: scalerFunction.endAt }),
      onSkipped(turns) {
        containers.leftOut(turns * PERIOD_MS);
        scalerFunction.onSkipped?.(turns);
      },
      async turn() {
        const settled = await invoked();
        await scalerFunction.onMinute?.();
        return settled;
      },
    },
  );

  const wordLuck = new Map<string, Draw>();
  world.onWord(({ at, group, resourceClass, instanceId, outcome }) => {
    const draw = wordLuck.get(group) ?? world.luck(`word-lag/${group}`);
    wordLuck.set(group, draw);
    const word = { resourceClass, instanceId, outcome, reason: 'as simulated', phases: {} };
    time.start(async () => {
      await time.sleepUntil(at + drawMs(world.parameters.eventLag, draw, at));
      usage.events += 1;
      await invoked(undefined, word);
    });
  });

  const luck = new Map<string, Draw>();
  world.onEvent(({ kind, at, group: name }) => {
    if (!events.includes(kind)) return;
    const draw = luck.get(name + kind) ?? world.luck(`event-lag/${name}/${kind}`);
    luck.set(name + kind, draw);
    time.start(async () => {
      await time.sleepUntil(at + drawMs(world.parameters.eventLag, draw, at));
      if (kind === 'task-ended') usage.events += 1;
      await invoked(({ group }) => group === name);
    });
  });
}
