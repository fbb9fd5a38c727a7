import { describe, expect, test } from '@jest/globals';
import { EVENT_QUEUE } from '../../../lambda/scaler/contract.ts';
import { createMessageQueue } from '../../../simulator/drive/message-queue.ts';
import { createVirtualTime } from '../../../simulator/drive/virtual-time.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { SECOND, task, tinyWorld } from '../world/tiny-world.ts';

describe('the queue of the function', () => {
  test('hands over what comes within a second from the first message as one batch', async () => {
    const batches = await handedOver({ pollers: 1 }, { sentAt: [10, 10.4, 10.9, 11.5] });
    expect(batches).toEqual([
      { at: 11, sent: [10, 10.4, 10.9] },
      { at: 12.5, sent: [11.5] },
    ]);
  });

  test('hands over at most two batches at a time; the third waits', async () => {
    const sentAt = Array.from({ length: 60 }, () => 10);
    const batches = await handedOver({ pollers: 3 }, { sentAt, takesSeconds: 7 });
    expect(batches.map(({ at }) => at)).toEqual([11, 11, 18]);
  });

  test('gathers what comes while all wait, and hands it over in one', async () => {
    const batches = await handedOver(
      { pollers: 1 },
      { sentAt: [10, 12, 14, 16, 17, 18], takesSeconds: 20 },
    );
    expect(batches).toEqual([
      { at: 11, sent: [10] },
      { at: 13, sent: [12] },
      { at: 31, sent: [14] },
      { at: 33, sent: [16, 17, 18] },
    ]);
  });

  test('drops what nobody has taken within a minute', async () => {
    const batches = await handedOver({ pollers: 1 }, { sentAt: [1, 3, 5, 8], takesSeconds: 70 });
    expect(batches.flatMap(({ sent }) => sent)).toEqual([1, 3, 5]);
  });

  test('hands over no more than fits into a batch', async () => {
    const sentAt = Array.from({ length: EVENT_QUEUE.batchSize + 1 }, () => 10);
    const batches = await handedOver({ pollers: 1 }, { sentAt });
    expect(batches.map(({ sent }) => sent.length)).toEqual([EVENT_QUEUE.batchSize, 1]);
  });
});

interface Course {
  /** In seconds, in order. */
  readonly sentAt: readonly number[];
  readonly takesSeconds?: number;
}

/** The batches with the second of their invocation, each message named by when it was sent. */
async function handedOver(parameters: Partial<Parameters>, { sentAt, takesSeconds = 0 }: Course) {
  const world = tinyWorld({ tasks: [task({ releaseAt: 900 * SECOND })], parameters });
  const time = createVirtualTime(world);
  const batches: { readonly at: number; readonly sent: readonly number[] }[] = [];
  const queue = createMessageQueue<number>({
    world,
    time,
    async invoke(batch) {
      batches.push({ at: world.now() / SECOND, sent: batch.map(({ body }) => body) });
      await time.sleepUntil(world.now() + takesSeconds * SECOND);
    },
  });
  time.start(async () => {
    for (const at of sentAt) {
      await time.sleepUntil(at * SECOND);
      queue.send(at);
    }
  });
  await time.run(800 * SECOND);
  return batches;
}
