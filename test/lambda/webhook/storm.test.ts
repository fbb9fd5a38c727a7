/** Ten thousand deliveries: what they cost beyond an answer. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { closeStage, delivery, job, stage } from './stage.ts';

afterEach(closeStage);

const DELIVERIES = 10_000;
const CONTAINERS = 10;
/** All of them come within a minute. */
const APART_MS = 60_000 / DELIVERIES;

async function storm(events: (index: number) => Promise<unknown>) {
  const { container, clock, secrets, bus, lines } = await stage();
  const containers = Array.from({ length: CONTAINERS }, container);
  const statuses = new Map<number, number>();
  for (let index = 0; index < DELIVERIES; index += 1) {
    const answer = await containers[index % CONTAINERS]?.(await events(index));
    const status = answer?.status ?? 0;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    clock.advance(APART_MS);
  }
  const counts = { secrets: secrets.received.length, events: bus.received.length };
  return { statuses: Object.fromEntries(statuses), ...counts, lines: lines.length };
}

describe('ten thousand deliveries within a minute', () => {
  test('of one repository tell the scaler once a second and container', async () => {
    const event = await delivery(job());
    const { statuses, secrets, events } = await storm(async () => event);
    expect(statuses).toEqual({ 202: DELIVERIES });
    expect(secrets).toBe(CONTAINERS);
    expect(events).toBeGreaterThan(50 * CONTAINERS);
    expect(events).toBeLessThanOrEqual(60 * CONTAINERS);
  });

  test('with wrong signatures cost a refusal each, and a line a minute and container', async () => {
    const event = await delivery(job(), { secret: 'guessed' });
    expect(await storm(async () => event)).toEqual({
      statuses: { 401: DELIVERIES },
      // The first, and one more when it is old enough to be read again.
      secrets: 2 * CONTAINERS,
      events: 0,
      lines: CONTAINERS,
    });
  });

  test('about jobs on runners of GitHub tell nobody', async () => {
    const event = await delivery(job({ labels: ['ubuntu-latest'] }));
    expect(await storm(async () => event)).toEqual({
      statuses: { 202: DELIVERIES },
      secrets: CONTAINERS,
      events: 0,
      lines: 0,
    });
  });
});
