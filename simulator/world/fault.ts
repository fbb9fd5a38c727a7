/** Thrown by the world where AWS or CircleCI would refuse a call, with the code and text they use. */
export class WorldFault extends Error {
  override readonly name = 'WorldFault';
  /** The service's own error code. */
  readonly code: FaultCode;
  /** The HTTP status it is served with. */
  readonly status: number;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }
}

export type FaultCode =
  | 'ValidationError'
  | 'InvalidNextToken'
  | 'Throttling'
  | 'ResourceContention'
  | 'ResourceInUse'
  | 'LimitExceeded'
  | 'ScalingActivityInProgress'
  | 'NotFound'
  | 'Unauthorized'
  | 'ServiceUnavailable';

/** Auto Scaling's model gives `ResourceContention` status 500; the others are its client errors. */
const STATUS: Readonly<Record<FaultCode, number>> = {
  ValidationError: 400,
  InvalidNextToken: 400,
  Throttling: 400,
  ResourceContention: 500,
  ResourceInUse: 400,
  LimitExceeded: 400,
  ScalingActivityInProgress: 400,
  NotFound: 404,
  Unauthorized: 401,
  ServiceUnavailable: 503,
};
