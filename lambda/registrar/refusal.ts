/** Why a machine gets no for an answer, and how it is told. */

/** Those of which a machine need not ask again: something has to be changed first. */
export type FinalStatus = 400 | 403 | 404 | 409 | 422;

/** Those of which it may ask again later. */
export type PassingStatus = 429 | 502 | 503 | 504;

/** Its message is a sentence for the machine and for the log, without any secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: FinalStatus | PassingStatus;
  /** Milliseconds from now. Only where it may ask again. */
  readonly retryAfterMs: number | undefined;

  private constructor(
    status: FinalStatus | PassingStatus,
    message: string,
    retryAfterMs: number | undefined,
  ) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  static final(status: FinalStatus, message: string): Refusal {
    return new Refusal(status, message, undefined);
  }

  static passing(status: PassingStatus, message: string, retryAfterMs = 0): Refusal {
    return new Refusal(status, message, retryAfterMs);
  }
}
