/**
 * The queue between the events of machines and the function, as Lambda reads it. So many pollers each gather
 * a batch, from its first message on for the window; a batch then waits until fewer invocations than the
 * maximum run, and its poller with it. How Lambda shares messages among its pollers, and whether one that
 * waits goes on reading, is not published: at random, and not, which makes the most batches.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
import { EVENT_QUEUE } from '../../lambda/scaler/contract.ts';
import type { World } from '../world/world.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Message<T> {
  readonly body: T;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

export interface MessageQueue<T> {
  send(body: T): void;
}

export interface QueueOptions<T> {
  readonly world: World;
  readonly time: VirtualTime;
  /** Runs one invocation; what it throws ends the run. */
  readonly invoke: (batch: readonly Message<T>[]) => Promise<void>;
}

interface Poller<T> {
  /** Undefined while it waits for a first message. */
  batch: Message<T>[] | undefined;
  /** Whether it takes messages. */
  open: boolean;
}

const { batchSize, concurrency, retentionSeconds, windowSeconds } = EVENT_QUEUE;

export function createMessageQueue<T>({ world, time, invoke }: QueueOptions<T>): MessageQueue<T> {
  const { duplicates, pollers: count } = world.parameters;
  const share = world.luck('queue-poller');
  const twice = world.luck('queue-duplicate');
  const pollers = Array.from({ length: count }, (): Poller<T> => ({
    batch: undefined,
    open: true,
  }));
  const waiting: (() => void)[] = [];
  let backlog: Message<T>[] = [];
  let running = 0;
  let sent = 0;
  let dealt = 0;

  /** The pollers that take messages share them at random; without one they wait. */
  function deal(): void {
    const now = world.now();
    const rest = backlog.filter(({ sentAt }) => now - sentAt <= 1000 * retentionSeconds);
    backlog = [];
    for (const message of rest) {
      const open = pollers.filter((each) => each.open);
      const chosen = open[Math.floor(share(dealt) * open.length)];
      dealt += 1;
      if (chosen === undefined) backlog.push(message);
      else take(chosen, message);
    }
  }

  function take(poller: Poller<T>, message: Message<T>): void {
    if (poller.batch === undefined) {
      poller.batch = [message];
      time.start(async () => gather(poller));
    } else {
      poller.batch.push(message);
    }
    if (poller.batch.length >= batchSize) poller.open = false;
  }

  async function gather(poller: Poller<T>): Promise<void> {
    await time.sleepUntil(world.now() + 1000 * windowSeconds);
    poller.open = false;
    if (running >= concurrency) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    } else {
      running += 1;
    }
    const { batch = [] } = poller;
    poller.batch = undefined;
    poller.open = true;
    deal();
    try {
      await invoke(batch);
    } finally {
      // Whoever waits takes over; `running` stays as it is.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    send(body) {
      const message = { body, sentAt: world.now() };
      backlog.push(message);
      if (twice(sent) < duplicates) backlog.push(message);
      sent += 1;
      deal();
    },
  };
}
