/**
 * The fleets API where the installation answers it, otherwise the two counts.
 *
 * That it does not answer is not taken from a refusal alone: CircleCI answers 404 for a class, too, that
 * does not exist or that the token may not see. It is taken from a refusal of what the counts then answer
 * for the same class with the same token. It holds for this container from then on, so nothing goes back
 * and forth, unless the counts come to their end; a token that is refused, a limit and a trouble that passes
 * change nothing.
 */
import type { CallRate } from '../call-rate.ts';
import { type DemandFailure, type DemandReader, DemandSourceError } from '../source.ts';

export interface AutoOptions {
  readonly fleets: DemandReader;
  readonly counts: DemandReader;
  readonly rate?: CallRate | undefined;
  /** Told once, when the counts are taken to. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** The fleets API is not there: 404, or 400 of what reads the path otherwise, or 410. */
const NOT_THERE: ReadonlySet<DemandFailure> = new Set(['not-found', 'bad-request', 'gone']);

/** Until it is known what is answered: the look-up that is refused, and both counts. */
const MOST_CALLS_PER_CLASS = 3;

export function auto({ fleets, counts, rate, onNotice }: AutoOptions): DemandReader {
  let answered: 'fleets' | 'counts' | undefined;
  let told = false;

  return {
    async currentDemand(queue, budget) {
      if (answered === 'counts') {
        try {
          return await counts.currentDemand(queue, budget);
        } catch (error) {
          if (!(error instanceof DemandSourceError) || error.kind !== 'gone') throw error;
          endCounts();
        }
      }
      let refusal: DemandSourceError;
      try {
        const demand = await fleets.currentDemand(queue, budget);
        answered ??= 'fleets';
        return demand;
      } catch (error) {
        if (!mayBeMissing(error)) throw error;
        refusal = error;
      }
      const demand = await counts.currentDemand(queue, budget);
      if (mayBeMissing(refusal)) takeCounts(refusal);
      return demand;
    },
    ...(rate && {
      classesWithin(ms, queues) {
        const known = { fleets, counts };
        if (answered === undefined) return Math.floor(rate.callsWithin(ms) / MOST_CALLS_PER_CLASS);
        return known[answered].classesWithin?.(ms, queues) ?? queues.length;
      },
    }),
  };

  /** Once fleets have been read, only the end of the API means that there are none. */
  function mayBeMissing(error: unknown): error is DemandSourceError {
    if (!(error instanceof DemandSourceError) || !NOT_THERE.has(error.kind)) return false;
    return answered !== 'fleets' || error.kind === 'gone';
  }

  /** Another class may have found out before. */
  function endCounts(): void {
    if (answered === 'counts') answered = undefined;
  }

  function takeCounts({ kind }: DemandSourceError): void {
    if (answered === 'counts') return;
    answered = 'counts';
    if (told) return;
    told = true;
    onNotice?.(
      `CircleCI does not answer the fleets API (${kind}) and answers the two task counts, which this container ` +
        "reads from now on, as circleci.api is 'auto' in the config; with 'counts' nothing else is asked for",
    );
  }
}
