/** What is about to be done, printed before anything is done. */
import { BUILT_IN_PRICES } from '../simulator/prices.ts';
import type { Account } from '../commands/aws/account.ts';
import type { MeasureCommand } from './options.ts';

/** USD per hour besides the machine itself, in us-east-1: https://aws.amazon.com/vpc/pricing/ */
const PUBLIC_ADDRESS_PER_HOUR = 0.005;
/** 40 GiB of gp3 at USD 0.08 a month and GiB: https://aws.amazon.com/ebs/pricing/ */
const VOLUME_PER_HOUR = (40 * 0.08) / 730;
/** A machine that stopped by itself may be replaced while it ends, so for moments there are two. */
const MACHINES = 2;
/** After the time limit machines still end. */
const END_HOURS = 0.25;

export interface Plan {
  readonly name: string;
  readonly caller: Pick<Account, 'account' | 'arn' | 'region'>;
  readonly options: MeasureCommand;
}

export function planText({ name, caller, options }: Plan): string {
  const { instanceType, platform, rounds, limitMinutes } = options;
  return `account       ${caller.account}, as ${caller.arn}
region        ${caller.region}
will be made  the stack ${name}: a VPC with two public subnets, a fleet of
              at most one ${instanceType} with ${platform}, its role, a function with a
              public address that stands in for CircleCI, its log, a secret
rounds        ${rounds} of each measurement, one machine at a time
time          until all is measured, ${limitMinutes} min at most, and some minutes for deploying
              and removing
cost          ${costText(instanceType, limitMinutes)}
at the end    everything is removed, also after Ctrl-C
`;
}

function costText(instanceType: string, limitMinutes: number): string {
  const price = BUILT_IN_PRICES.get(instanceType);
  if (price === undefined) {
    return `one ${instanceType} for as long; its price is not known here`;
  }
  const perHour = price + PUBLIC_ADDRESS_PER_HOUR + VOLUME_PER_HOUR;
  const most = MACHINES * perHour * (limitMinutes / 60 + END_HOURS);
  return `below USD ${(Math.ceil(100 * most) / 100).toFixed(2)}, by the list prices of us-east-1`;
}
