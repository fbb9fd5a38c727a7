/** Many classes of one pass ask for their group at nearly the same moment: few calls answer them all. */
import type { Clock } from '../clock.ts';
import { type Fleet, FleetError, type Fleets } from './fleets.ts';

/** For so many milliseconds others may join a call. */
export const GATHER_MS = 20;

/** Groups one call may name. A page holds a hundred; the names of 255 characters have to fit a request. */
export const MOST_NAMED = 50;

/** @throws FleetError when the call failed, and of kind `gone` for a group that is no fleet any more */
export type Described = (group: string) => Promise<Fleet>;

interface Call {
  readonly names: Set<string>;
  readonly answer: Promise<ReadonlyMap<string, Fleet>>;
}

/** Describes groups by their names, each as of a moment after it was asked for. */
export function gathered(
  fleets: Pick<Fleets, 'describe'>,
  clock: Pick<Clock, 'wait'>,
  signal: AbortSignal,
): Described {
  let open: Call | undefined;

  function opened(): Call {
    const names = new Set<string>();
    const call: Call = { names, answer: answered() };
    async function answered(): Promise<ReadonlyMap<string, Fleet>> {
      await clock.wait(GATHER_MS, signal);
      if (open === call) open = undefined;
      const found = await fleets.describe([...names], signal);
      return new Map(found.map((fleet) => [fleet.group, fleet]));
    }
    return call;
  }

  return async (group) => {
    open ??= opened();
    const { names, answer } = open;
    names.add(group);
    if (names.size === MOST_NAMED) open = undefined;
    const fleet = (await answer).get(group);
    if (fleet === undefined) {
      throw new FleetError(
        'gone',
        `${group} was found at the beginning of the pass and is no fleet any more; nothing was written`,
      );
    }
    return fleet;
  };
}
