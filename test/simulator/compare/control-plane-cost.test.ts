import { describe, expect, test } from '@jest/globals';
import { controlPlanePerMonth } from '../../../simulator/compare/control-plane-cost.ts';

const HOST = { kind: 'lambda', architecture: 'arm64', memoryMib: 1024 } as const;

describe('the price of a control plane', () => {
  test('is that of the time for which its function runs, asleep or not, and of its invocations', () => {
    // 10 s of calls and 90 s asleep in one hour: 100 GB-s and 2 invocations, 730 times.
    const usage = {
      invocations: 2,
      looks: 10,
      ranMs: 100_000,
      asleepMs: 90_000,
      events: 0,
      messages: 0,
    };
    expect(controlPlanePerMonth({ host: HOST, usage, hours: 1 })).toBeCloseTo(
      730 * (100 * 0.0000133334 + 2 * 0.2e-6),
      8,
    );
  });

  test('by messages is without the sleep, and with three requests each and the empty polls', () => {
    const usage = {
      invocations: 2,
      looks: 10,
      ranMs: 100_000,
      asleepMs: 90_000,
      events: 0,
      messages: 0,
    };
    const polls = 3600 / 4;
    expect(controlPlanePerMonth({ host: HOST, usage, hours: 1 }, 'messages')).toBeCloseTo(
      730 * (10 * 0.0000133334 + 10 * 0.2e-6 + (8 * 3 + polls) * 0.4e-6),
      8,
    );
  });

  test('with a queue includes three requests for each message and the empty polls of five pollers', () => {
    const usage = { invocations: 0, looks: 0, ranMs: 0, asleepMs: 0, events: 0, messages: 1000 };
    const host = { ...HOST, queue: true };
    const month = 730 * (3000 + 3600 / 4) * 0.4e-6;
    expect(controlPlanePerMonth({ host, usage, hours: 1 })).toBeCloseTo(month, 8);
    const idle = controlPlanePerMonth({ host, usage: { ...usage, messages: 0 }, hours: 730 });
    expect(idle).toBeCloseTo(0.2628, 4);
  });

  test('includes the events that machines send', () => {
    const usage = { invocations: 0, looks: 0, ranMs: 0, asleepMs: 0, events: 1000, messages: 0 };
    expect(controlPlanePerMonth({ host: HOST, usage, hours: 1 })).toBeCloseTo(0.73, 10);
  });

  test('is dearer on x86 and grows with memory', () => {
    const usage = { invocations: 0, looks: 1, ranMs: 1000, asleepMs: 0, events: 0, messages: 0 };
    const price = (host: Parameters<typeof controlPlanePerMonth>[0]['host']) =>
      controlPlanePerMonth({ host, usage, hours: 730 });
    expect(price({ ...HOST, architecture: 'x86_64' })).toBeCloseTo(0.0000166667, 10);
    expect(price({ ...HOST, memoryMib: 128 })).toBeCloseTo(0.0000133334 / 8, 10);
  });

  test('is nothing for what runs on what is paid for already', () => {
    const usage = { invocations: 9, looks: 9, ranMs: 9, asleepMs: 9, events: 9, messages: 0 };
    expect(controlPlanePerMonth({ host: { kind: 'daemon' }, usage, hours: 1 })).toBe(0);
  });
});
