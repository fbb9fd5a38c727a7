/** The port through which the scaler learns how many tasks a resource class has. */
import type { Budget } from '../clock.ts';

/** Tasks of one resource class, read at one moment. Whole numbers, not negative. */
export interface Demand {
  /** Tasks that wait for a runner. */
  readonly unclaimed: number;
  /** Tasks that occupy a runner. */
  readonly running: number;
}

/** The queue that one fleet serves: as much of the fleet as a source may know. */
export interface FleetQueue {
  readonly resourceClass: string;
  /** The name of the fleet's group, by which a source may know the fleet's machines. */
  readonly group: string;
  /** The fleet's tag `runner-scaler:demand`, which the source has judged. Default: there is none. */
  readonly demand?: string;
}

/** A limit on requests, as the server's answers have it. */
export interface RateLimit {
  /** Whose it is, and which one, such as `GitHub acme core`. */
  readonly of: string;
  /** Requests that the server takes in one window; 1 or more. */
  readonly limit: number;
  /** Of them, those that it still takes. */
  readonly left: number;
  /** When there are as many again, in milliseconds since the epoch. Default: it does not say. */
  readonly resetAt?: number | undefined;
}

export interface DemandReader {
  /**
   * Reads the demand of one resource class.
   *
   * @param budget of the pass, the same object for all its classes: what answers several of them at once may be
   *   kept by it; it bounds the read with all its retries, and past it the promise rejects with kind `timeout`
   * @throws DemandSourceError for every answer that is not two trustworthy counts. Unknown is not
   *   zero: a caller leaves the capacity as it is.
   */
  currentDemand(queue: FleetQueue, budget: Budget): Promise<Demand>;
  /**
   * Names the classes that a pass reads by `currentDemand`, before it does, so that one call may answer several.
   * Default: each is read by itself.
   */
  announce?(queues: readonly FleetQueue[], budget: Budget): void;
  /**
   * Names a place where jobs have changed, such as a repository, before the pass that is made for it reads; the same
   * one may come many times. Default: everything is read in any case.
   */
  changed?(where: string): void;
  /**
   * How many of the classes can be read within so many milliseconds, by the calls that the source takes a
   * second. May be more than there are. Default: any number.
   */
  classesWithin?(ms: number, queues: readonly FleetQueue[]): number;
  /**
   * Names all classes of the source, also those that the pass does not read, where which class a job counts for
   * depends on what others there are. Default: it does not.
   */
  existing?(queues: readonly FleetQueue[]): void;
  /**
   * Until when the class is left to later passes, because what the last reading cost is not yet earned again;
   * milliseconds since the epoch. Default: it never is.
   */
  restsUntil?(queue: FleetQueue): number;
  /**
   * The limit on requests that the class is read within, as it was where the least was left in the pass of this budget.
   * Default: it is not known.
   */
  rateLimit?(queue: FleetQueue, budget: Budget): RateLimit | undefined;
}

export interface DemandSource extends DemandReader {
  /** Classes that are served at the same time. Each has one call under way, so this bounds the connections. */
  readonly classesAtOnce: number;
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

export interface DemandErrorOptions extends ErrorOptions {
  /** Only of a source that said so. */
  readonly retryAt?: number | undefined;
}

/** Thrown when the demand of a class is unknown. The message says what to do; it never holds a token. */
export class DemandSourceError extends Error {
  override readonly name = 'DemandSourceError';
  readonly kind: DemandFailure;
  /** Milliseconds since the epoch before which the source said that it is not to be asked; see `untilRetryAt`. */
  readonly retryAt: number | undefined;

  constructor(kind: DemandFailure, message: string, options: DemandErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAt = options.retryAt;
  }
}
