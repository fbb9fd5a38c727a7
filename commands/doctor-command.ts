/** The work of `runner-scaler doctor`. */
import { loadConfig } from '../cli/load-config.ts';
import { UsageError } from '../cli/usage-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { errorFacts } from '../lambda/scaler/contract.ts';
import { typedAgain } from './aws/options.ts';
import { AwsError } from './aws/refusal.ts';
import type { DoctorGiven } from './doctor-options.ts';
import { examine } from './doctor/doctor.ts';
import { type Check, CHECKS, type Finding } from './doctor/finding.ts';
import { patientOf } from './doctor/patient.ts';
import { inProgress } from './progress.ts';
import { type ScalerHere, scalerHere, whereLine } from './scaler-here.ts';
import { wrapped } from './words.ts';

export const EXAMINING = { run, expected: [] };

const EXIT = { problem: 1, unknown: 2 } as const;

async function run(given: DoctorGiven): Promise<void> {
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    findings.push(finding);
    if (!given.json) process.stdout.write(`${findingText(finding)}\n`);
  };
  const here = await begin(given, tell);
  if (here !== undefined) {
    const { account, config, groups, log } = here;
    const patient = patientOf({
      account,
      config,
      groups,
      log,
      // Loads the CDK, which takes as long as everything else.
      template: async () => (await import('../lib/synthesized.ts')).synthesized(config),
      now: () => Date.now(),
      typed: typedAgain(given),
    });
    await inProgress('examining', async () => examine(patient, tell));
  }
  if (given.json) {
    const { account, region } = here?.account ?? {};
    const scaler = here?.config.name;
    process.stdout.write(`${JSON.stringify({ account, region, scaler, findings })}\n`);
  } else process.stdout.write(`${summaryOf(findings)}\n`);
  const verdicts = new Set(findings.map(({ verdict }) => verdict));
  if (verdicts.has('problem')) process.exitCode = EXIT.problem;
  else if (verdicts.has('unknown')) process.exitCode = EXIT.unknown;
}

/** Without a config or without an account nothing else can be looked at. */
async function begin(
  given: DoctorGiven,
  tell: (finding: Finding) => void,
): Promise<ScalerHere | undefined> {
  const failed = (check: Check, error: unknown, remedy: string) => {
    tell({ check, verdict: 'problem', said: errorFacts(error).message, remedy });
    return undefined;
  };
  try {
    const { name, fleets } = await loadConfig(given.config);
    const said = `${given.config} can be used: the scaler ${name}, ${fleets.length} classes`;
    tell({ check: 'config', verdict: 'ok', said });
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof UsageError)) throw error;
    return failed('config', error, 'correct it; docs/configuration.md explains every option');
  }
  try {
    const here = await scalerHere(given);
    tell({
      check: 'credentials',
      verdict: 'ok',
      said: `${whereLine(here)}, as ${here.account.arn}`,
    });
    return here;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return failed('credentials', error, 'aws sts get-caller-identity has to work first');
  }
}

const SIGNS = { ok: 'ok', problem: 'WRONG', unknown: '?' } as const;
const SIGN_WIDTH = 7;
const CHECK_WIDTH = Math.max(...CHECKS.map((check) => check.length)) + 2;

function findingText({ check, verdict, said, remedy }: Finding): string {
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
  const indent = SIGN_WIDTH + CHECK_WIDTH;
  const begin = SIGNS[verdict].padEnd(SIGN_WIDTH) + check.padEnd(CHECK_WIDTH);
  const lines = [`${begin}${said}`];
  if (remedy !== undefined) lines.push(`${' '.repeat(indent)}do: ${remedy}`);
  return lines.map((line) => wrapped(line, { columns, indent })).join('\n');
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']) =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const [problems, unknown] = [count('problem'), count('unknown')];
  if (problems + unknown === 0) return 'all is well';
  return `${problems} wrong, ${unknown} not found out; begin with the first`;
}
