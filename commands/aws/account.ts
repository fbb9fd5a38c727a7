/** Whose account a command acts in, and where. */
import type { AutoScalingClientConfig } from '@aws-sdk/client-auto-scaling';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { errorFacts } from '../../lambda/scaler/contract.ts';
import { LOCAL_CLIENT } from './local.ts';
import type { Where } from './options.ts';
import { asking, AwsError } from './refusal.ts';

/** What every client of the SDK is made with. */
export type AwsClientConfig = Pick<
  AutoScalingClientConfig,
  'region' | 'endpoint' | 'credentials' | 'maxAttempts'
>;

export interface Account {
  readonly account: string;
  readonly region: string;
  /** The caller's. */
  readonly arn: string;
  /** Account and region, in words. */
  readonly where: string;
  readonly client: AwsClientConfig;
}

/** Of one call: all calls of an account share a bucket, so that one is refused now and then. */
const ATTEMPTS = 8;

/** Nobody else calls there, and that nothing listens there is to be said soon. */
const LOCAL_ATTEMPTS = 3;

/**
 * Asks AWS who calls, and the SDK for the region.
 *
 * @throws AwsError without a region or credentials, or where nobody answers
 */
export async function whoCalls({
  region: wanted,
  local,
}: Pick<Where, 'region' | 'local'>): Promise<Account> {
  const fromEnv = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  const named = wanted ?? fromEnv;
  const config: AwsClientConfig =
    local === undefined
      ? { ...(named && { region: named }), maxAttempts: ATTEMPTS }
      : { ...LOCAL_CLIENT, endpoint: local, maxAttempts: LOCAL_ATTEMPTS };
  const client = new STSClient(config);
  const region = await client.config.region().catch((error: unknown) => {
    throw new AwsError(
      'wrong-region',
      `no region: ${errorFacts(error).message}; give --region, or set AWS_REGION or a profile`,
    );
  });
  const { Account: account = '', Arn: arn = '' } = await asking('sts:GetCallerIdentity', async () =>
    client.send(new GetCallerIdentityCommand({})),
  );
  const place = local === undefined ? '' : `simulated at ${local}, `;
  return {
    account,
    region,
    arn,
    where: `${place}account ${account}, region ${region}`,
    client: { ...config, region },
  };
}
