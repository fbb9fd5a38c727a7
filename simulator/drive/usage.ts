import { type CallCounter, callCounter } from './calls.ts';

/** What a controller used: its calls, and the time for which its function ran. */
export interface Usage {
  readonly calls: CallCounter;
  invocations: number;
  passes: number;
  /** Milliseconds for which invocations ran, asleep or not. */
  ranMs: number;
  /** Events that machines sent, which are paid for; those of AWS's services are free. */
  events: number;
  /** Messages that came into a queue of the function, its own passes not among them. */
  messages: number;
  /** Batches of passes that it sent itself, and how many passes they were. */
  sends: number;
  passesSent: number;
  /** Bytes of the lines that it logged, what CloudWatch adds to each included. */
  logBytes: number;
  /** Milliseconds for which less was launched than was wanted because it was futile, over all classes. */
  heldMs: number;
}

export function newUsage(): Usage {
  return {
    calls: callCounter(),
    invocations: 0,
    passes: 0,
    ranMs: 0,
    events: 0,
    messages: 0,
    sends: 0,
    passesSent: 0,
    logBytes: 0,
    heldMs: 0,
  };
}

export function copyOf(usage: Usage): Usage {
  return { ...usage, calls: { ...usage.calls } };
}

export interface Period {
  readonly from: Usage;
  readonly to: Usage;
}

/** Adds what was used in a period once more, `times` times. */
export function repeatPeriod(usage: Usage, { from, to }: Period, times: number): void {
  const since = copyOf(to);
  subtract(since, from);
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
  usage.passes += more.passes * times;
  usage.ranMs += more.ranMs * times;
  usage.events += more.events * times;
  usage.messages += more.messages * times;
  usage.sends += more.sends * times;
  usage.passesSent += more.passesSent * times;
  usage.logBytes += more.logBytes * times;
  usage.heldMs += more.heldMs * times;
}

function subtract(usage: Usage, less: Usage): void {
  add(usage, less, -1);
}
