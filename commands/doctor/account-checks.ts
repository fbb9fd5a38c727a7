/** Whether the account is prepared, and whether passes are made in it. */
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { scalerLogGroup } from '../../config/fleet-names.ts';
import { SCHEDULE_SECONDS } from '../../lambda/scaler/contract.ts';
import { asking, AwsError } from '../aws/refusal.ts';
import { scheduleIn } from '../aws/deployment.ts';
import { type PassLine, passLines, passPattern } from '../log-lines.ts';
import { ago } from '../words.ts';
import { ok, problem, problemsOr, type Said } from './finding.ts';
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
const AGAIN =
  'a deployment makes it again only when it changes: npx cdk destroy and npx cdk deploy, after docs/removing.md';

const EXPRESSION = `rate(${SCHEDULE_SECONDS / 60} minute)`;

export async function schedule({ account, deployment }: Patient): Promise<readonly Said[]> {
  const name = scheduleIn(await deployment());
  if (name === undefined) return [problem('the stack has no schedule', DEPLOY)];
  try {
    const { State, ScheduleExpression } = await asking('scheduler:GetSchedule', async () =>
      new SchedulerClient(account.client).send(new GetScheduleCommand({ Name: name })),
    );
    if (State !== 'ENABLED') {
      return [
        problem(
          `the schedule ${name} is ${State ?? 'in no state'}, so that no pass is made`,
          'enable it in the console of EventBridge Scheduler; to stop launches for a while, use npx runner-scaler pause',
        ),
      ];
    }
    if (ScheduleExpression === EXPRESSION) return [ok('the schedule is enabled')];
    return [
      problem(
        `the schedule ${name} is ${ScheduleExpression ?? 'without a rate'}, and was deployed as ${EXPRESSION}: somebody changed it by hand`,
        'change it back in the console of EventBridge Scheduler; a deployment leaves it',
      ),
    ];
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return [problem(`the schedule ${name} is gone: somebody deleted it`, AGAIN)];
  }
}

/** A class at rest has a line once in ten minutes. */
const STALE_MS = 12 * 60_000;

export async function lastPass(patient: Patient): Promise<readonly Said[]> {
  const { config, log, now, typed } = patient;
  const at = now();
  const look = `aws logs tail ${scalerLogGroup(config.name)} --since 1h, and npx runner-scaler reconcile --dry-run${typed}`;
  try {
    const { lines } = await log.search({ from: at - STALE_MS, to: at, pattern: passPattern() });
    const passes = passLines(lines);
    const last = passes.at(-1);
    if (last === undefined) {
      return [problem(`the log has no pass of the last ${ago(STALE_MS)}`, look)];
    }
    return problemsOr(
      `the last pass in the log is ${ago(at - last.at)} old`,
      await failingThere(patient, passes),
    );
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    // Where there is no stack either, that is what is wrong.
    await patient.deployment();
    const name = scalerLogGroup(config.name);
    return [
      problem(
        `there is no log group ${name}: somebody deleted it, and the function may not make it again`,
        `aws logs create-log-group --log-group-name ${name}`,
      ),
    ];
  }
}

/** One failure may pass by itself. */
const FEWEST_FAILURES = 2;

/**
 * Classes that the function cannot read, and this machine can: it stands elsewhere in the network, and has other
 * rights. What fails in both is told of the classes.
 */
async function failingThere(
  { pass }: Patient,
  passes: readonly PassLine[],
): Promise<readonly Said[]> {
  const here = await pass().then(
    ({ classes }) => new Map(classes.map((each) => [each.group, each.failure?.kind])),
    () => new Map<string, undefined>(),
  );
  const groups = new Set(passes.map(({ group }) => group));
  return [...groups].flatMap((group) => {
    const lines = passes.filter((line) => line.group === group);
    const last = lines.at(-1);
    const failing = lines.length >= FEWEST_FAILURES && lines.every(({ failure }) => failure);
    if (last?.failure === undefined || !failing || here.get(group) === last.failure) return [];
    return [
      problem(
        `the function cannot read ${last.resourceClass} (${last.failure}): ${last.error ?? ''}`,
        'mend what it says; docs/operations.md has every kind of failure, and docs/private-networks.md what a network needs',
      ),
    ];
  });
}
