/** The work of `runner-scaler probe-gitlab`. */
import { setTimeout } from 'node:timers/promises';
import { interruptible } from '../../cli/interrupt.ts';
import { save } from '../../cli/output-file.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { parametersOfLags } from './lags.ts';
import { lagsText } from './text.ts';
import type { ProbeGitLabGiven } from './options.ts';
import { gitLabReader, GitLabProbeError } from './reader.ts';
import { watchGitLab } from './watch.ts';

export const PROBING_GITLAB = { run, expected: [GitLabProbeError] };

async function run(given: ProbeGitLabGiven): Promise<void> {
  const { url, project, runner, minutes, stepSeconds, json } = given;
  if (project === undefined) throw missing('--project', 'acme/app');
  if (runner === undefined) throw missing('--runner', '101');
  const token = process.env['GITLAB_TOKEN']?.trim() ?? '';
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      'the variable GITLAB_TOKEN holds no token; allowed: a token of GitLab with the scope read_api',
    );
  }
  const interruption = interruptible();
  const { signal } = interruption;
  const now = () => Date.now();
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  say(`watching ${project} for ${minutes} minutes; start some jobs now. Ctrl-C ends it earlier`);
  const lags = await watchGitLab({
    reader: gitLabReader({ url, token, project, runner, now }),
    stepMs: 1000 * stepSeconds,
    endAt: now() + 60_000 * minutes,
    now,
    wait: async (ms) => setTimeout(ms, undefined, { signal }),
    signal,
    say,
  });
  process.stdout.write(`${lagsText(lags)}\n`);
  if (json !== undefined) {
    await save(json, `${JSON.stringify(parametersOfLags(lags), null, 2)}\n`);
    say(`the parameters for the simulator: ${json}`);
  }
  process.exitCode = interruption.exitCode() ?? process.exitCode;
}

function missing(option: string, example: string): UsageError {
  return new UsageError(`${option} is missing; needed, for example ${option} ${example}`);
}
