import { describe, expect, test } from '@jest/globals';
import {
  type ControlPlane,
  controlCostPerMonth,
  controlPlanePerMonth,
} from '../../../simulator/experiment/control-plane-cost.ts';

const HOST = { kind: 'lambda', architecture: 'arm64', memoryMib: 1024 } as const;

describe('the price of a control plane', () => {
  test('is that of the time for which its function runs, and of its invocations', () => {
    // 100 GB-s and 2 invocations in an hour, 730 times.
    const usage = used({ invocations: 2, ranMs: 100_000 });
    expect(controlPlanePerMonth({ host: HOST, usage, hours: 1 })).toBeCloseTo(
      730 * (100 * 0.0000133334 + 2 * 0.2e-6),
      8,
    );
  });

  test('of its own passes is a request for each to delete it, and one for each batch that it sends', () => {
    const usage = used({ passes: 300, sends: 60 });
    const cost = controlCostPerMonth({ host: { ...HOST, queue: true }, usage, hours: 1 });
    // A poller has a message a minute, and a poll of its ends after 20 s or with one: 17.0 s on average.
    const polls = 300 / (1 - Math.exp(-20 / 60));
    expect(cost.queue).toBeCloseTo(730 * (300 + 60 + polls) * 0.4e-6, 8);
  });

  test('with a queue includes the schedule, and what it and Lambda log', () => {
    const usage = used({ invocations: 60, logBytes: 100_000 });
    const cost = controlCostPerMonth({ host: { ...HOST, queue: true }, usage, hours: 1 });
    expect(cost.schedule).toBeCloseTo(0.0438, 8);
    expect(cost.log).toBeCloseTo((730 * (100_000 + 60 * 420) * 0.5) / 1e9, 8);
  });

  test.each<[what: string, messages: number, polls: number]>([
    ['that is empty is five pollers that ask every 20 s', 0, 900],
    ['that is nearly empty is not asked more often', 1, 900.5],
    ['that is full is asked once for each message', 100_000, 100_000],
  ])('with a queue %s', (_what, messages, polls) => {
    const host = { ...HOST, queue: true };
    const { queue } = controlCostPerMonth({ host, usage: used({ messages }), hours: 1 });
    const requests = queue / 730 / 0.4e-6;
    // Each message is sent and deleted besides.
    expect(requests - 2 * messages).toBeCloseTo(polls, 1);
  });

  test('includes the events that machines send', () => {
    const usage = used({ invocations: 0, ranMs: 0, events: 1000, messages: 0 });
    expect(controlPlanePerMonth({ host: HOST, usage, hours: 1 })).toBeCloseTo(0.73, 10);
  });

  test('is dearer on x86 and grows with memory', () => {
    const usage = used({ invocations: 0, ranMs: 1000, events: 0, messages: 0 });
    const price = (host: Parameters<typeof controlPlanePerMonth>[0]['host']) =>
      controlPlanePerMonth({ host, usage, hours: 730 });
    expect(price({ ...HOST, architecture: 'x86_64' })).toBeCloseTo(0.0000166667, 10);
    expect(price({ ...HOST, memoryMib: 128 })).toBeCloseTo(0.0000133334 / 8, 10);
  });

  test('is nothing for what runs on what is paid for already', () => {
    const usage = used({ invocations: 9, ranMs: 9, events: 9, messages: 0 });
    expect(controlPlanePerMonth({ host: { kind: 'daemon' }, usage, hours: 1 })).toBe(0);
  });
});

function used(part: Partial<ControlPlane['usage']>): ControlPlane['usage'] {
  return {
    invocations: 0,
    ranMs: 0,
    events: 0,
    messages: 0,
    sends: 0,
    passes: 0,
    logBytes: 0,
    ...part,
  };
}
