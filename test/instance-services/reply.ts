/** Answers of a service, and refusals as AWS words them. */

export interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  /** Default: none but the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: string | Buffer = ''): Reply => ({ status: 200, body });

/** Refusal in the form of Auto Scaling's Query protocol. */
export const refusal = (status: number, code: string, message = ''): Reply => ({
  status,
  body: `<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>7c6e</RequestId></ErrorResponse>`,
});

export const NOT_FOUND: Reply = { status: 404, body: '<html>404 - Not Found</html>' };

export const THROTTLED = refusal(400, 'Throttling', 'Rate exceeded');
export const UNAVAILABLE = refusal(503, 'ServiceUnavailable', 'try again');
