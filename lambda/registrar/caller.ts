/** Who calls, by what IAM has found out. Nothing that the caller says of itself counts. */
import { isObject } from '../scaler/contract/json.ts';
import { Refusal } from './refusal.ts';

export interface Caller {
  /** Name of the role, without its path. */
  readonly role: string;
  /** The instance: EC2 itself makes it the name of the session of an instance profile. */
  readonly instanceId: string;
}

const USER_ARN =
  /^arn:aws[a-z-]*:sts::(?<account>\d{12}):assumed-role\/(?<role>[\w+=,.@-]{1,64})\/(?<session>[\w+=,.@-]{2,64})$/;

const INSTANCE_ID = /^i-[0-9a-f]{8,17}$/;

/**
 * @param account the one of this function
 * @throws Refusal for everyone but an instance of this account
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
 */
export function callerOf(requestContext: unknown, account: string): Caller {
  const authorizer = isObject(requestContext) ? requestContext['authorizer'] : undefined;
  const iam = isObject(authorizer) ? authorizer['iam'] : undefined;
  const userArn = isObject(iam) ? iam['userArn'] : undefined;
  if (typeof userArn !== 'string') {
    throw Refusal.final(403, 'the request is not signed with the credentials of an instance');
  }
  const { account: callers, role, session } = USER_ARN.exec(userArn)?.groups ?? {};
  if (role === undefined || session === undefined || !INSTANCE_ID.test(session)) {
    throw Refusal.final(403, 'the caller is no instance that acts in its own role');
  }
  if (callers !== account) throw Refusal.final(403, 'the caller is of another account');
  return { role, instanceId: session };
}
