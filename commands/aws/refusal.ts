/** What AWS refuses, as one sentence that says what to do. The only place where its errors become words. */
import { errorFacts } from '../../lambda/scaler/contract.ts';

export type RefusalKind =
  /** There are no credentials, or AWS does not know them. */
  | 'no-credentials'
  /** There were, and their session is over. */
  | 'expired'
  /** There is no such Region, or the account has not switched it on. */
  | 'wrong-region'
  /** Too many calls, or AWS is unwell: the same call may succeed a little later. */
  | 'passing'
  /** A permission is missing. */
  | 'denied'
  | 'not-found'
  /** Nobody answers at the address. */
  | 'unreachable'
  | 'other';

/** Thrown where AWS refused; the message says which call, why, and what to do. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What a command that has been at work for a while outlives: a busy AWS, and a network that is away for a moment. */
export function isPassing({ kind }: AwsError): boolean {
  return kind === 'passing' || kind === 'unreachable' || kind === 'wrong-region';
}

/**
 * Makes a call, and turns what it throws into an AwsError.
 *
 * @param action as a policy names it, for example `autoscaling:DeleteTags`
 */
export async function asking<T>(action: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw refusal(action, error);
  }
}

/** The tests stand in order: the first that fits names the refusal. */
const KINDS: readonly (readonly [RefusalKind, RegExp])[] = [
  ['expired', /ExpiredToken|RequestExpired|SSO session|[Tt]oken (is|has) expired|refresh failed/],
  [
    'no-credentials',
    /CredentialsProviderError|NoCredentials|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|AuthFailure|MissingAuthenticationToken|IncompleteSignature|InvalidAccessKeyId/,
  ],
  ['denied', /AccessDenied|UnauthorizedOperation|NotAuthorized|not authorized to perform/],
  [
    'passing',
    /Throttl|RequestLimitExceeded|TooManyRequests|Timeout|InternalFailure|InternalServer|ServiceUnavailable|Unavailable|ScalingActivityInProgress|ResourceContention|SlowDown/,
  ],
  ['wrong-region', /ENOTFOUND|EAI_AGAIN|Region not accepted|is not a valid hostname/],
  ['unreachable', /ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|socket hang up/],
  ['not-found', /ResourceNotFound|NotFound|does not exist|NoSuch/],
];

export function refusal(action: string, cause: unknown): AwsError {
  if (cause instanceof AwsError) return cause;
  const { name, message } = factsOf(cause);
  const [kind] = KINDS.find(([, pattern]) => pattern.test(`${name} ${message}`)) ?? ['other'];
  return new AwsError(kind, SENTENCES[kind]({ action, name, message }), { cause });
}

interface Refused {
  readonly action: string;
  readonly name: string;
  readonly message: string;
}

const LOG_IN =
  'log in (for example with aws sso login), or set AWS_PROFILE or the variables of an access key';

const SENTENCES: Readonly<Record<RefusalKind, (refused: Refused) => string>> = {
  'no-credentials': (refused) =>
    /CredentialsProviderError|NoCredentials/.test(refused.name)
      ? `there are no AWS credentials here (${refused.message}); ${LOG_IN}`
      : `${said(refused)}; AWS does not know these credentials, or their account has not switched on this Region: ${LOG_IN}, or choose another --region`,
  expired: ({ name, message }) =>
    `the AWS session has expired (${name}: ${message}); log in again, and repeat the command`,
  'wrong-region': ({ action, message }) =>
    `there is no ${serviceOf(action)} in this Region (${message}); check --region, AWS_REGION and the profile, and that this machine resolves names`,
  passing: (refused) => `${said(refused)}; repeat the command`,
  denied: (refused) => {
    const { who = 'these credentials', what, where } = permissionIn(refused);
    // Such as that the key of a secret may not be used, where the call itself is allowed.
    if (what === undefined) {
      return `${who} may not do ${refused.action}: the permission is missing (AWS says: ${refused.message}); docs/commands.md lists what each command needs`;
    }
    const on = where === undefined ? '' : ` on ${where}`;
    const why = /explicit deny/.test(refused.message)
      ? 'a policy denies it'
      : 'the permission is missing';
    return `${who} may not do ${what}${on}: ${why}; docs/commands.md lists what each command needs`;
  },
  'not-found': said,
  unreachable: ({ action, message }) =>
    `nobody answers for ${serviceOf(action)} (${message}); check the network, or with --local that runner-scaler local runs`,
  other: said,
};

function said({ action, name, message }: Refused): string {
  return `${action} was refused (${name}): ${message}`;
}

function serviceOf(action: string): string {
  return action.split(':')[0] ?? action;
}

/** Who may not do what on which resource, where AWS's message says so. */
function permissionIn({ message }: Refused): {
  readonly who?: string | undefined;
  readonly what?: string | undefined;
  readonly where?: string | undefined;
} {
  const { who, what, where } =
    /User: (?<who>\S+) is not authorized to perform: (?<what>[\w-]+:\w+)(?: on resource: (?<where>\S+))?/.exec(
      message,
    )?.groups ?? {};
  return { who, what, where };
}

/** The first line says it; the SDK adds advice for debugging itself. Of several failed connections, one is told. */
function factsOf(cause: unknown): { readonly name: string; readonly message: string } {
  const { name, message } = errorFacts(cause);
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return { name, message: errorFacts(cause.errors[0]).message };
  }
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  const [first = ''] = message.split('\n');
  const known = typeof code === 'string' && !first.includes(code) ? `${code}: ${first}` : first;
  return { name, message: known.replace(/\.$/, '') };
}
