/** The port through which the scaler learns how many tasks a resource class has. */
import type { Budget } from '../clock.ts';

/** Tasks of one resource class, read at one moment. Whole numbers, not negative. */
export interface Demand {
  /** Tasks that wait for a runner. */
  readonly unclaimed: number;
  /** Tasks that occupy a runner. */
  readonly running: number;
}

export interface DemandSource {
  /**
   * Reads the demand of one resource class.
   *
   * @param budget bounds the read with all its retries; past it the promise rejects with kind `timeout`
   * @throws DemandSourceError for every answer that is not two trustworthy counts. Unknown is not
   *   zero: a caller leaves the capacity as it is.
   */
  currentDemand(resourceClass: string, budget: Budget): Promise<Demand>;
  /**
   * How many of the classes can be read within so many milliseconds, by the calls that the source takes a
   * second. May be more than there are. Default: any number.
   */
  classesWithin?(ms: number, resourceClasses: readonly string[]): number;
}

/** Why the demand could not be read. Also a log field, so the set is closed. */
export type DemandFailure =
  /** The answer was not what the API documents. */
  | 'invalid-answer'
  /** The request was refused as malformed (400). */
  | 'bad-request'
  /** The token is wrong, expired or revoked (401). */
  | 'unauthorized'
  /** The account may not use runners, or the token is wrong (403). */
  | 'forbidden'
  /** The resource class does not exist, or the token is wrong or may not see it (404). */
  | 'not-found'
  /** The request conflicts with the state of the source (409). */
  | 'conflict'
  /** The API no longer exists (410). */
  | 'gone'
  /** Too many requests (429), still after the retries that fitted the time. */
  | 'throttled'
  /** The source failed (5xx, reset, DNS), still after the retries that fitted the time. */
  | 'unavailable'
  /** No answer in time. */
  | 'timeout'
  /** The token's secret could not be read, is empty or still holds the placeholder. */
  | 'no-token';

/** Thrown when the demand of a class is unknown. The message says what to do; it never holds a token. */
export class DemandSourceError extends Error {
  override readonly name = 'DemandSourceError';
  readonly kind: DemandFailure;

  constructor(kind: DemandFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
