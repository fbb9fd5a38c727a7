/** What a new user gets wrong, in order, with the remedy beside each finding. It reads, and changes nothing. */
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import type { Settings } from '../../lambda/scaler/contract.ts';
import type { Account } from '../aws/account.ts';
import type { Deployment } from '../aws/deployment.ts';
import type { FunctionLog } from '../aws/function-log.ts';
import type { OperatedGroup } from '../aws/groups.ts';
import { AwsError } from '../aws/refusal.ts';
import { CommandError, NothingDeployed } from '../chosen-groups.ts';
import type { DryPass } from '../reconcile.ts';
import { bootstrap, lastPass, schedule, stack } from './account-checks.ts';
import { classesRead, credentialAccepted, secrets } from './demand-checks.ts';
import { type Check, type Finding, problem, type Said, unknown } from './finding.ts';
import { images, instanceTypes, quota } from './machine-checks.ts';
import { network } from './network-checks.ts';

/** What the checks look at. What is asked of AWS is asked once, by the first check that needs it. */
export interface Patient {
  readonly config: ResolvedConfig;
  readonly account: Account;
  readonly deployment: () => Promise<Deployment>;
  readonly settings: () => Promise<Settings>;
  readonly groups: () => Promise<readonly OperatedGroup[]>;
  readonly pass: () => Promise<DryPass>;
  readonly log: FunctionLog;
  readonly now: () => number;
  /** What has to be typed behind a command to mean the same scaler. */
  readonly typed: string;
}

/** A check without its work does not compile. */
const WORK: Readonly<
  Record<Exclude<Check, 'config' | 'credentials'>, (patient: Patient) => Promise<readonly Said[]>>
> = {
  bootstrap,
  stack,
  secrets,
  'credential accepted': credentialAccepted,
  classes: classesRead,
  'vCPU quota': quota,
  schedule,
  'last pass': lastPass,
  images,
  'instance types': instanceTypes,
  network,
};

/** Makes every check; what one cannot find out keeps no other from it. */
export async function examine(
  patient: Patient,
  onFound: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const [check, work] of Object.entries(WORK)) {
    for (const said of await checked(async () => work(patient))) {
      // The keys of WORK are checks.
      // oxlint-disable-next-line no-unsafe-type-assertion
      const finding = { check: check as Check, ...said };
      found.push(finding);
      onFound(finding);
    }
  }
  return found;
}

async function checked(work: () => Promise<readonly Said[]>): Promise<readonly Said[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NothingDeployed) {
      return [
        problem(
          'the stack is not deployed here',
          'npx cdk deploy, or another --region or --config',
        ),
      ];
    }
    if (error instanceof CommandError) return [problem(error.message, 'npx cdk deploy')];
    if (error instanceof AwsError) return [unknown(error.message)];
    throw error;
  }
}

/** Asks at the first call, and answers every later one with the same. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => (asked ??= ask());
}
