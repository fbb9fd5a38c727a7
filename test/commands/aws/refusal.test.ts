import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, test } from '@jest/globals';
import { LOCAL_CLIENT } from '../../../commands/aws/local.ts';
import { asking, AwsError, type RefusalKind } from '../../../commands/aws/refusal.ts';
import { queryError } from '../../../simulator/emulators/aws-query.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';

const ARN = 'arn:aws:sts::123456789012:assumed-role/Reader/ann';
const GROUP =
  'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/g';
const ACTION = 'autoscaling:DescribeAutoScalingGroups';

let server: RunningServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function refusedBy(endpoint: string): Promise<AwsError> {
  const client = new AutoScalingClient({ ...LOCAL_CLIENT, endpoint, maxAttempts: 1 });
  const call = new DescribeAutoScalingGroupsCommand({});
  const error = await asking(ACTION, async () => client.send(call)).catch(
    (error: unknown) => error,
  );
  if (error instanceof AwsError) return error;
  throw new Error(`not refused as expected: ${String(error)}`);
}

/** What AWS answers, by its code and words; what a person reads. */
const REFUSALS: readonly (readonly [
  code: string,
  words: string,
  kind: RefusalKind,
  said: string,
])[] = [
  [
    'AccessDenied',
    `User: ${ARN} is not authorized to perform: ${ACTION} on resource: ${GROUP} because no identity-based policy allows the ${ACTION} action`,
    'denied',
    `${ARN} may not do ${ACTION} on ${GROUP}: the permission is missing; docs/commands.md lists what each command needs`,
  ],
  [
    'AccessDeniedException',
    `User: ${ARN} is not authorized to perform: ${ACTION} with an explicit deny in a service control policy`,
    'denied',
    `${ARN} may not do ${ACTION}: a policy denies it; docs/commands.md lists what each command needs`,
  ],
  [
    'AccessDeniedException',
    'Access to KMS is not allowed',
    'denied',
    `these credentials may not do ${ACTION}: the permission is missing (AWS says: Access to KMS is not allowed); docs/commands.md lists what each command needs`,
  ],
  [
    'ExpiredToken',
    'The security token included in the request is expired',
    'expired',
    'the AWS session has expired (ExpiredToken: The security token included in the request is expired); log in again, and repeat the command',
  ],
  [
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
    'no-credentials',
    `${ACTION} was refused (InvalidClientTokenId): The security token included in the request is invalid; AWS does not know these credentials, or their account has not switched on this Region: log in (for example with aws sso login), or set AWS_PROFILE or the variables of an access key, or choose another --region`,
  ],
  [
    'Throttling',
    'Rate exceeded',
    'passing',
    `${ACTION} was refused (Throttling): Rate exceeded; repeat the command`,
  ],
  [
    'ValidationError',
    'the group does not exist',
    'not-found',
    `${ACTION} was refused (ValidationError): the group does not exist`,
  ],
  ['Odd', 'words', 'other', `${ACTION} was refused (Odd): words`],
];

describe('a refusal of AWS', () => {
  test.each(REFUSALS)('%s, %s, is one sentence', async (code, words, kind, said) => {
    server = await serve(() => queryError(400, code, words));
    expect(await refusedBy(server.url)).toMatchObject({ kind, message: said });
  });

  test('of nobody who answers says so', async () => {
    const closed = await serve(() => queryError(400, 'Odd', 'words'));
    await closed.close();
    expect(await refusedBy(closed.url)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/^nobody answers for autoscaling \(.*ECONNREFUSED.*--local/),
    });
  });

  test('of an address that does not exist names the Region', async () => {
    expect(await refusedBy('http://autoscaling.us-esat-1.invalid')).toMatchObject({
      kind: 'wrong-region',
      message: expect.stringMatching(/^there is no autoscaling in this Region .*check --region/),
    });
  });
});
