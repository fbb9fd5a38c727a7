/**
 * What every source is held to, over real HTTP on loopback: two trustworthy counts, or a failure of the right kind
 * whose message says what to do and never holds the token. A new source gives a `SourceUnderTest`.
 */
import { afterEach, describe } from '@jest/globals';
import { describeCounts } from './source-contract/counts.ts';
import { describeRateLimit } from './source-contract/rate-limit.ts';
import { describeRefusals } from './source-contract/refusals.ts';
import { describeThrottling } from './source-contract/throttling.ts';
import { describeToken } from './source-contract/token.ts';
import { describeTroubles } from './source-contract/troubles.ts';
import type { SourceUnderTest } from './source-contract/under-test.ts';
import { closeStage } from './source-stage.ts';

export {
  failingFirst,
  good,
  type SourceUnderTest,
  type Written,
} from './source-contract/under-test.ts';

export function describeSource(way: SourceUnderTest): void {
  describe(`the source ${way.name}`, () => {
    afterEach(closeStage);

    describeCounts(way);
    describeRefusals(way);
    describeTroubles(way);
    describeThrottling(way);
    describeRateLimit(way);
    describeToken(way);
  });
}
