/** Whether the account is prepared, and whether passes are made in it. */
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { asking, AwsError } from '../aws/refusal.ts';
import { scheduleIn } from '../aws/deployment.ts';
import { passLines, passPattern } from '../log-lines.ts';
import { ago } from '../words.ts';
import { ok, problem, type Said } from './finding.ts';
import type { Patient } from './patient.ts';

/** Of the CDK's own bootstrap: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

export async function bootstrap({ account }: Patient): Promise<readonly Said[]> {
  try {
    const { Parameter } = await asking('ssm:GetParameter', async () =>
      new SSMClient(account.client).send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER })),
    );
    return [ok(`the CDK is bootstrapped, version ${Parameter?.Value ?? 'unknown'}`)];
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return [
      problem(
        `the CDK is not bootstrapped in ${account.where}, unless with a qualifier of your own`,
        `npx cdk bootstrap aws://${account.account}/${account.region}`,
      ),
    ];
  }
}

const DEPLOY = 'npx cdk deploy';

export async function schedule({ account, deployment }: Patient): Promise<readonly Said[]> {
  const name = scheduleIn(await deployment());
  if (name === undefined) return [problem('the stack has no schedule', DEPLOY)];
  const { State } = await asking('scheduler:GetSchedule', async () =>
    new SchedulerClient(account.client).send(new GetScheduleCommand({ Name: name })),
  );
  if (State === 'ENABLED') return [ok('the schedule is enabled')];
  return [
    problem(
      `the schedule ${name} is ${State ?? 'in no state'}, so that no pass is made`,
      'enable it in the console of EventBridge Scheduler; to stop launches for a while, use npx runner-scaler pause',
    ),
  ];
}

/** A class at rest has a line once in ten minutes. */
const STALE_MS = 12 * 60_000;

export async function lastPass({ config, log, now, typed }: Patient): Promise<readonly Said[]> {
  const at = now();
  const look = `aws logs tail /runner-scaler/${config.name} --since 1h, and npx runner-scaler reconcile --dry-run${typed}`;
  try {
    const { lines } = await log.search({ from: at - STALE_MS, to: at, pattern: passPattern() });
    const last = passLines(lines).at(-1);
    if (last !== undefined) return [ok(`the last pass in the log is ${ago(at - last.at)} old`)];
    return [problem(`the log has no pass of the last ${ago(STALE_MS)}`, look)];
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return [problem('the scaler has no log, so it has never run', DEPLOY)];
  }
}
