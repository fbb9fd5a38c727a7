/** Whose account a command acts in, and where. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { errorFacts } from '../lambda/scaler/contract.ts';

/** Thrown when the account cannot be used at all; says what to do. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
}

export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly arn: string;
}

/**
 * Asks AWS who calls, and the SDK for the region.
 *
 * @throws AccountError without a region or credentials
 */
export async function whoCalls(wanted: string | undefined): Promise<Caller> {
  const fromEnv = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  const region = wanted ?? fromEnv;
  const client = new STSClient(region ? { region } : {});
  const used = await client.config.region().catch((error: unknown) => {
    throw new AccountError(
      `no region: ${errorFacts(error).message}; give --region, or set AWS_REGION or a profile`,
    );
  });
  try {
    const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    return { account: Account, arn: Arn, region: used };
  } catch (error) {
    const { name, message } = errorFacts(error);
    throw new AccountError(
      `AWS does not know who calls (${name}: ${message}); log in, or set AWS_PROFILE or the ` +
        `variables of an access key`,
    );
  }
}
