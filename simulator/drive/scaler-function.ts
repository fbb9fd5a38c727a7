/** The scaler as its deployment runs it: each minute, at events, in as many containers as it takes. */
import {
  holding,
  type Pass,
  type PassQueue,
  type Scaler,
  type SentWakeUp,
  wakeUps,
  type WakeUps,
} from '../../lambda/scaler/composition.ts';
import { type LastWord, SCHEDULE_SECONDS } from '../../lambda/scaler/contract.ts';
import { type Draw, drawMs } from '../world/random.ts';
import type { World, WorldEventKind } from '../world/world.ts';
import { createContainers } from './containers.ts';
import { createMessageQueue } from './message-queue.ts';
import { logLastWord, type LogReader } from './logged.ts';
import { repeat } from './repeat.ts';
import type { Usage } from './usage.ts';
import { virtualClock } from './virtual-clock.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The events that lead to a pass, as the infrastructure has them: a task has ended, a machine goes. */
export const WAKING_EVENTS: readonly WorldEventKind[] = ['task-ended', 'instance-shutting-down'];

/** The function's time limit, as its deployment sets it. */
const FUNCTION_TIMEOUT_MS = 60_000;

/** Turns before the next event that are replayed after all: the scaler's memory goes back so far. */
const REMEMBERED_TURNS = 3;

export interface ScalerFunction {
  readonly world: World;
  readonly time: VirtualTime;
  /** What it is counted in; its passes and calls are counted by the scaler itself. */
  readonly usage: Usage;
  /** Makes the scaler of a new container. */
  readonly newScaler: (queue: PassQueue) => Scaler;
  /** Seconds from one pass to the next. */
  readonly passIntervalSeconds: number;
  /** The events that wake it. */
  readonly events: readonly WorldEventKind[];
  /** Told of every pass that failed. */
  readonly onFailure: (error: unknown) => void;
  /** Told of wake-ups that came too late. Default: nobody. */
  readonly onLate?: (message: string) => void;
  /** Called, and waited for, after every turn of the schedule that is not skipped. */
  readonly onMinute?: (() => void | Promise<void>) | undefined;
  /** Reads the lines on last words; those of passes are the scaler's. Default: nobody does. */
  readonly readLog?: LogReader | undefined;
  /** Hears of each invocation when it has begun, and whether it failed. Default: nobody does. */
  readonly onInvocation?: ((at: number, failed: boolean) => void) | undefined;
  /** Whether the function is out of order at a moment: nothing invokes it, and events are lost. Default: never. */
  readonly isDown?: ((at: number) => boolean) | undefined;
  /** Hears of the turns of the schedule that were counted and not replayed. */
  readonly onSkipped?: (turns: number) => void;
  /** No turn after this moment is counted. */
  readonly endAt?: number;
}

/** What one container holds. */
interface Held {
  readonly scaler: Scaler;
  readonly wakeUps: WakeUps;
}

/** A message: a wake-up or a last word of an instance or a group, or a pass and when it is due. */
type Said = Omit<SentWakeUp, 'sentAt'> | LastWord | Pick<Pass, 'dueAt'>;

/** From one turn of the schedule to the next. */
const PERIOD_MS = SCHEDULE_SECONDS * 1000;

const never = new AbortController().signal;

/** Starts the schedule and whatever the events lead to; they go on for as long as the world does. */
export function deploy(scalerFunction: ScalerFunction): void {
  const { world, time, usage, newScaler, events, onFailure, onLate } = scalerFunction;
  const { readLog, onInvocation, isDown = () => false } = scalerFunction;
  const queue = createMessageQueue<Said>({
    world,
    time,
    invoke: async (batch) => {
      if (isDown(world.now())) return;
      onInvocation?.(world.now(), false);
      const sent = {
        wakeUps: [] as SentWakeUp[],
        lastWords: [] as LastWord[],
        passes: [] as number[],
      };
      for (const { body, sentAt } of batch) {
        if ('outcome' in body) {
          sent.lastWords.push(body);
          readLog?.(logLastWord(body, world.now(), usage));
        } else if ('dueAt' in body) sent.passes.push(body.dueAt);
        else sent.wakeUps.push({ ...body, sentAt });
      }
      await invoked(async (held) => held.wakeUps(sent, FUNCTION_TIMEOUT_MS));
    },
  });

  const passes: PassQueue = {
    send: async (sent) => {
      usage.passesSent += sent.length;
      const at = world.now();
      for (const { dueAt, delaySeconds } of sent) {
        time.start(async () => {
          await time.sleepUntil(at + 1000 * delaySeconds);
          queue.send({ dueAt });
        });
      }
    },
  };

  const clock = virtualClock(world, time, () => never);
  const containers = createContainers(world, (): Held => {
    const scaler = newScaler(passes);
    const warning = onLate ?? (() => undefined);
    const passIntervalMs = scalerFunction.passIntervalSeconds * 1000;
    return {
      scaler,
      wakeUps: wakeUps({ scaler, clock, passIntervalMs, warning, failed: onFailure }),
    };
  });

  async function invoked<T>(invocation: (held: Held) => Promise<T>): Promise<T> {
    usage.invocations += 1;
    const begin = world.now();
    return containers.run(async (held) => {
      try {
        return await invocation(held);
      } finally {
        usage.ranMs += world.now() - begin;
      }
    });
  }

  /** @returns true when another invocation at the same world would do nothing */
  async function byTheSchedule({ scaler }: Held): Promise<boolean> {
    const beganAt = world.now();
    try {
      const { timed, left } = await scaler(FUNCTION_TIMEOUT_MS);
      onInvocation?.(beganAt, false);
      return !timed && left === 0;
    } catch (error) {
      onInvocation?.(beganAt, true);
      onFailure(error);
      return false;
    }
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
        if (isDown(world.now())) {
          await scalerFunction.onMinute?.();
          return false;
        }
        const settled = await invoked(byTheSchedule);
        await scalerFunction.onMinute?.();
        return settled;
      },
    },
  );

  const luck = new Map<string, Draw>();
  world.onEvent(({ kind, at, group: name, instanceId }) => {
    const draw = luck.get(name + kind) ?? world.luck(`event-lag/${name}/${kind}`);
    luck.set(name + kind, draw);
    if (!events.includes(kind)) return;
    if (kind === 'task-ended') usage.events += 1;
    deliver(wakeUpOf({ kind, group: name, instanceId }), at, draw);
  });

  const wordLuck = new Map<string, Draw>();
  world.onWord(({ at, group, resourceClass, instanceId, outcome }) => {
    const draw = wordLuck.get(group) ?? world.luck(`word-lag/${group}`);
    wordLuck.set(group, draw);
    usage.events += 1;
    const word = { resourceClass, instanceId, outcome, reason: 'as simulated', phases: {} };
    deliver(word, at, draw);
  });

  function deliver(said: Said, at: number, draw: Draw): void {
    time.start(async () => {
      await time.sleepUntil(at + drawMs(world.parameters.eventLag, draw, at));
      usage.messages += 1;
      queue.send(said);
    });
  }
}

/** The instances of the events that the deployment hears are still in their group; others need not be. */
function wakeUpOf({ kind, group: name, instanceId = name }: Told): Said {
  const isHeard = WAKING_EVENTS.includes(kind);
  const about = isHeard
    ? holding({ instanceId, resourceClass: undefined })
    : ({ group }: { readonly group: string }) => group === name;
  return { instanceId, about };
}

interface Told {
  readonly kind: WorldEventKind;
  readonly group: string;
  readonly instanceId?: string | undefined;
}
