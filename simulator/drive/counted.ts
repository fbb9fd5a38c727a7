import type { Selection } from '../../lambda/scaler/look.ts';
import type { Scaler } from '../../lambda/scaler/scaler.ts';
import type { Usage } from './usage.ts';

/** The function's time limit, as its deployment sets it. */
const FUNCTION_TIMEOUT_MS = 60_000;

export interface Invocation {
  readonly scaler: Scaler;
  /** What it is counted in; its calls are counted by the scaler itself. */
  readonly usage: Usage;
  readonly about?: Selection;
}

/**
 * One invocation, counted with its looks, also when it fails.
 *
 * @returns true when another invocation at the same world would do nothing
 * @throws whatever the scaler throws
 */
export async function countedInvocation({ scaler, usage, about }: Invocation): Promise<boolean> {
  // Every look describes the groups once, the looks of an invocation that fails among them.
  const { describes } = usage.calls;
  usage.invocations += 1;
  try {
    const { looks, timed } = await scaler(FUNCTION_TIMEOUT_MS, about);
    return looks === 1 && !timed;
  } finally {
    usage.looks += usage.calls.describes - describes;
  }
}
