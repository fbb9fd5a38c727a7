import { type CallCounter, callCounter } from './calls.ts';

/** What a controller used: its calls, and the time for which its function ran. */
export interface Usage {
  readonly calls: CallCounter;
  invocations: number;
  looks: number;
  /** Milliseconds for which invocations ran, asleep or not. */
  ranMs: number;
  /** Milliseconds for which an invocation was kept waiting for its next look. */
  asleepMs: number;
  /** Events that machines sent, which are paid for; those of AWS's services are free. */
  events: number;
  /** Messages that came into a queue of the function. */
  messages: number;
  /** Milliseconds for which less was launched than was wanted because it was futile, over all classes. */
  heldMs: number;
}

export function newUsage(): Usage {
  return {
    calls: callCounter(),
    invocations: 0,
    looks: 0,
    ranMs: 0,
    asleepMs: 0,
    events: 0,
    messages: 0,
    heldMs: 0,
  };
}

export function copyOf(usage: Usage): Usage {
  return { ...usage, calls: { ...usage.calls } };
}

/** Adds what was used since `before` once more, `times` times. */
export function repeatSince(usage: Usage, before: Usage, times: number): void {
  const since = copyOf(usage);
  subtract(since, before);
  add(usage, since, times);
}

export function sumOf(usages: readonly Usage[]): Usage {
  const sum = newUsage();
  for (const usage of usages) add(sum, usage, 1);
  return sum;
}

export function callsOf({ calls }: Usage): number {
  return calls.demandReads + calls.describes + calls.capacityWrites + calls.other;
}

const CALLS = ['demandReads', 'describes', 'capacityWrites', 'other'] as const;

function add(usage: Usage, more: Usage, times: number): void {
  for (const kind of CALLS) usage.calls[kind] += more.calls[kind] * times;
  usage.invocations += more.invocations * times;
  usage.looks += more.looks * times;
  usage.ranMs += more.ranMs * times;
  usage.asleepMs += more.asleepMs * times;
  usage.events += more.events * times;
  usage.messages += more.messages * times;
  usage.heldMs += more.heldMs * times;
}

function subtract(usage: Usage, less: Usage): void {
  add(usage, less, -1);
}
