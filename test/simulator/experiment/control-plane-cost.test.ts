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

  test('of its own passes is two requests each, and one for each batch that it sends', () => {
    const usage = used({ passes: 300, sends: 60 });
    expect(controlCostPerMonth({ host: HOST, usage, hours: 1 }).queue).toBeCloseTo(
      730 * (300 * 2 + 60) * 0.4e-6,
      8,
    );
  });

  test('with a queue includes the schedule, and what it and Lambda log', () => {
    const usage = used({ invocations: 60, logBytes: 100_000 });
    const cost = controlCostPerMonth({ host: { ...HOST, queue: true }, usage, hours: 1 });
    expect(cost.schedule).toBeCloseTo(0.0438, 8);
    expect(cost.log).toBeCloseTo((730 * (100_000 + 60 * 420) * 0.5) / 1e9, 8);
  });

  test('with a queue includes three requests for each message and the empty polls of five pollers', () => {
    const usage = used({ invocations: 0, ranMs: 0, events: 0, messages: 1000 });
    const host = { ...HOST, queue: true };
    const month = 730 * (3000 + 3600 / 4) * 0.4e-6;
    expect(controlCostPerMonth({ host, usage, hours: 1 }).queue).toBeCloseTo(month, 8);
    const { queue: idle } = controlCostPerMonth({
      host,
      usage: { ...usage, messages: 0 },
      hours: 730,
    });
    expect(idle).toBeCloseTo(0.2628, 4);
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
