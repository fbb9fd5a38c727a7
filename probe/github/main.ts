/** The work of `runner-scaler probe-github`. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ask } from '../../cli/ask.ts';
import { interruptible } from '../../cli/interrupt.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { systemClock } from './time.ts';
import { GitHubProbeError } from './call.ts';
import { PREFIX } from './clean-up.ts';
import { findingsText, NOT_ASKED, NOT_ASKED_WITHOUT_RUNNER } from './finding.ts';
import type { ProbeGitHubGiven } from './options.ts';
import { probeGitHub, removed } from './probe.ts';
import { runnerIn } from './runner-process.ts';

export const PROBING_GITHUB = { run, expected: [GitHubProbeError] };

async function run(given: ProbeGitHubGiven): Promise<void> {
  const { url, repository, minutes, anyRepository, yes, clean } = given;
  if (repository === undefined) {
    throw new UsageError('--repository is missing; needed, for example --repository acme/probe');
  }
  const token = await tokenOf(given);
  const start = given.runner === undefined ? undefined : await runnerIn(given.runner);
  const probe = clean ?? `${PREFIX}${randomBytes(4).toString('hex')}`;
  const common = { url, name: repository, token, probe, clock: systemClock };
  const interruption = interruptible();
  if (clean !== undefined) {
    report(await removed(common), given);
    process.exitCode = interruption.exitCode() ?? process.exitCode;
    return;
  }
  say(
    `makes in ${url}/${repository}: a branch ${probe} with one workflow, its run, a runner and a scale set; ` +
      `${start ? 'one job runs here, which sleeps' : 'nothing runs'}, and all is removed again. It takes some ten minutes, at most ${minutes} and the removal.`,
  );
  if (!yes) {
    const said = await ask('Go on? (yes/no) ', interruption.signal);
    if (!/^y(es)?$/i.test(said.trim())) {
      say('nothing was made');
      return;
    }
  }
  say(`if it is killed, this removes what is left: --repository ${repository} --clean ${probe}`);
  const { findings, remains } = await probeGitHub({
    ...common,
    anyRepository,
    start,
    say,
    signal: AbortSignal.any([interruption.signal, systemClock.timeout(60_000 * minutes)]),
  });
  process.stdout.write(
    `${findingsText([...findings, ...(start ? [] : NOT_ASKED_WITHOUT_RUNNER), ...NOT_ASKED])}\n`,
  );
  report(remains, { ...given, clean: probe });
  process.exitCode = interruption.exitCode() ?? process.exitCode;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function report(
  remains: readonly string[],
  { repository, clean }: Pick<ProbeGitHubGiven, 'repository' | 'clean'>,
): void {
  if (remains.length === 0) {
    say('all that was made is removed');
    return;
  }
  for (const what of remains) say(`not removed: ${what}`);
  say(`try again later with --repository ${repository} --clean ${clean}, or remove it in GitHub`);
  process.exitCode = 1;
}

/** @throws UsageError without a usable token */
async function tokenOf({ tokenFile }: ProbeGitHubGiven): Promise<string> {
  const from = tokenFile === undefined ? 'the variable GITHUB_TOKEN' : `the file ${tokenFile}`;
  const token =
    tokenFile === undefined ? process.env['GITHUB_TOKEN'] : await readFile(tokenFile, 'utf8');
  const trimmed = token?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw new UsageError(
    `${from} holds no token; allowed: a token that may write contents, workflows, actions and administration of the repository`,
  );
}
