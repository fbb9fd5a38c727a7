import type { Clock } from '../clock.ts';
import { type DemandSource, DemandSourceError } from './source.ts';

/**
 * The same source, which is not asked before the moment that it named when it was asked too often. For a source whose
 * limit lasts for many minutes, so that calls before its end are refused and may prolong it; CircleCI is asked once a
 * minute instead, until it no longer refuses.
 */
export function untilRetryAt(source: DemandSource, clock: Pick<Clock, 'now'>): DemandSource {
  let notBefore = Number.NEGATIVE_INFINITY;
  return {
    ...source,
    async currentDemand(queue, budget) {
      if (clock.now() < notBefore) {
        const moment = new Date(notBefore).toISOString();
        const message = `not asked: the source said that it is not to be asked before ${moment}`;
        throw new DemandSourceError('throttled', message, { retryAt: notBefore });
      }
      try {
        return await source.currentDemand(queue, budget);
      } catch (error) {
        const { retryAt } = error instanceof DemandSourceError ? error : {};
        notBefore = Math.max(notBefore, retryAt ?? notBefore);
        throw error;
      }
    },
  };
}
