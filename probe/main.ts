/** The work of `runner-scaler probe`. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { errorFacts } from '../lambda/scaler/contract.ts';
import { ask } from '../cli/ask.ts';
import { save } from '../cli/output-file.ts';
import { UsageError } from '../cli/usage-error.ts';
import { type Account, whoCalls } from '../commands/aws/account.ts';
import { AwsError } from '../commands/aws/refusal.ts';
import { probesIn } from './account.ts';
import { awsFleet } from './aws-fleet.ts';
import { type Cdk, CdkError, cdkIn } from './cdk.ts';
import { claimsOf } from './claims.ts';
import { removeProbe } from './clean-up.ts';
import { measurement } from './measure.ts';
import { OUTPUT, probeName } from './names.ts';
import {
  type MeasureCommand,
  type ProbeGiven,
  type ProbeOptions,
  probeOptionsOf,
} from './options.ts';
import { parametersOf } from './parameters.ts';
import { planText } from './plan.ts';
import { Stopped, stopOnSignals } from './stop.ts';
import { tableOf } from './table.ts';

const FAILED = 1;

/** What would be left behind if the process ended now. */
let standing: readonly string[] = [];
let cdk: Cdk | undefined;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function remains(): string | undefined {
  if (standing.length === 0) return undefined;
  return (
    `left behind: ${standing.join(', ')}; what AWS has begun to remove it goes on removing\n` +
    'remove the rest with: npm run probe -- --clean'
  );
}

export const PROBING = { run, expected: [AwsError, CdkError] };

async function run(given: ProbeGiven): Promise<void> {
  const options = probeOptionsOf(given);
  const signal = stopOnSignals({ say, remains, abandon: () => cdk?.abandon() });
  try {
    await act(options, signal);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    tell(error, signal);
    process.exitCode = FAILED;
  } finally {
    const left = remains();
    if (left !== undefined) say(left);
  }
  if (signal.reason instanceof Stopped) process.exitCode = signal.reason.exitCode;
}

async function act(options: ProbeOptions, signal: AbortSignal): Promise<void> {
  const caller = await whoCalls({ region: options.region, local: undefined });
  signal.throwIfAborted();
  cdk = cdkIn({ region: caller.region, onLine: (line) => say(`  cdk: ${line}`) });
  if (options.command === 'clean') await clean(options.yes, { caller, cdk, signal });
  else await probe(options, { caller, cdk, signal });
}

interface Surroundings {
  readonly caller: Account;
  readonly cdk: Cdk;
  readonly signal: AbortSignal;
}

async function probe(options: MeasureCommand, surroundings: Surroundings): Promise<void> {
  const { caller, cdk, signal } = surroundings;
  const name = probeName(randomBytes(4));
  process.stdout.write(planText({ name, caller, options }));
  await agree(options.yes, signal);
  standing = [name];
  try {
    await deployAndMeasure({ name, options }, surroundings);
  } catch (error) {
    // Told before the removal, which may fail for the same reason.
    tell(error, signal);
    process.exitCode = FAILED;
  }
  await remove(name, { caller, cdk });
}

interface Begun {
  readonly name: string;
  readonly options: MeasureCommand;
}

async function deployAndMeasure(
  { name, options }: Begun,
  { caller, cdk, signal }: Surroundings,
): Promise<void> {
  const { client } = caller;
  const { instanceType, platform, rounds } = options;
  const token = randomBytes(24).toString('hex');
  say(`deploying ${name}, which takes some minutes`);
  const outputs = await cdk.deploy({ name, token, platform, instanceType }, signal);
  const [group = '', url = '', logGroup = ''] = [OUTPUT.group, OUTPUT.standIn, OUTPUT.log].map(
    (output) => outputs[output],
  );
  const claims = claimsOf({
    logs: new CloudWatchLogsClient(client),
    url,
    token,
    logGroup,
    signal,
  });
  const begun = measurement({
    fleet: awsFleet({
      autoScaling: new AutoScalingClient(client),
      ec2: new EC2Client(client),
      group,
      claims,
      signal,
    }),
    rounds,
    pace: {
      stepMs: 1000 * options.stepSeconds,
      patienceMs: 1000 * options.waitSeconds,
      endAt: Date.now() + 60_000 * options.limitMinutes,
    },
    onRound: say,
  });
  try {
    await begun.run();
  } finally {
    // Also of a run that was stopped: what it has cost is not lost.
    const measured = begun.result();
    process.stdout.write(`\n${tableOf(measured)}\n\n`);
    if (options.json !== undefined) {
      await save(options.json, `${JSON.stringify(parametersOf(measured), null, 2)}\n`);
      say(`the parameters for the simulator: ${options.json}`);
    }
  }
}

async function remove(name: string, { caller, cdk }: Omit<Surroundings, 'signal'>): Promise<void> {
  say(`removing ${name}`);
  await removeProbe(name, {
    account: probesIn(caller.client),
    destroy: async (stack) => cdk.destroy(stack),
    say,
    now: () => Date.now(),
    sleep: async (ms) => setTimeout(ms),
  });
  standing = standing.filter((each) => each !== name);
}

async function clean(yes: boolean, { caller, cdk, signal }: Surroundings): Promise<void> {
  const names = await probesIn(caller.client).names();
  process.stdout.write(`${caller.where}\n`);
  if (names.length === 0) {
    process.stdout.write('no probe has left anything there\n');
    return;
  }
  process.stdout.write(`will be removed: ${names.join(', ')}\n`);
  await agree(yes, signal);
  standing = names;
  for (const name of names) {
    signal.throwIfAborted();
    await remove(name, { caller, cdk });
  }
}

/** @throws UsageError without `--yes` where nobody can be asked, or when the answer is not yes */
async function agree(yes: boolean, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (yes) return;
  const answer = await ask('go on? [y/N] ', signal);
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('not agreed; nothing was made');
}

/** Tells what went wrong; that the run was stopped was told with the signal. */
function tell(error: unknown, signal: AbortSignal): void {
  const { name, message } = errorFacts(error);
  // The SDK has a special error for calls that were in the air.
  if (error instanceof Stopped || (signal.aborted && name === 'AbortError')) return;
  const ofAws = error instanceof Error && '$metadata' in error;
  const expected = [AwsError, CdkError].some((kind) => error instanceof kind);
  if (ofAws) say(`AWS refused: ${name}: ${message}`);
  else say(expected || !(error instanceof Error) ? message : String(error.stack));
}
