/** The probe of one GitHub: all its questions in order, and then everything that it made is removed. */
import type { Clock } from './time.ts';
import { askBusyRunner, type StartRunner } from './busy-questions.ts';
import { caller, GitHubProbeError } from './call.ts';
import { cleanUp, setName } from './clean-up.ts';
import type { Finding } from './finding.ts';
import { askLists } from './list-questions.ts';
import { answering, type Probing } from './probing.ts';
import { repositoryIn, type RepositoryOptions } from './repository.ts';
import { askRunners } from './runner-questions.ts';
import { type ScaleSets, scaleSetsOf } from './scale-set.ts';
import { askScaleSet } from './set-questions.ts';
import { askWorkflow } from './workflow-questions.ts';

export interface ProbeOptions extends RepositoryOptions {
  /** What it makes has this name, or one that begins with it. */
  readonly probe: string;
  readonly clock: Clock;
  /** Ends the questions; what was made is removed all the same. */
  readonly signal: AbortSignal;
  /** Whether a repository that has workflows will do. */
  readonly anyRepository: boolean;
  /** Default: what takes a runner is not asked. */
  readonly start?: StartRunner | undefined;
  readonly say: (line: string) => void;
}

export interface Probed {
  readonly findings: readonly Finding[];
  /** What could not be removed. */
  readonly remains: readonly string[];
}

/** @throws GitHubProbeError before anything is made, for a repository that cannot be used */
export async function probeGitHub(options: ProbeOptions): Promise<Probed> {
  const { probe: name, clock, signal, anyRepository, say } = options;
  const call = caller(clock, signal);
  const repository = repositoryIn(options, call);
  const workflows = await repository.workflows();
  if (workflows > 0 && !anyRepository) {
    throw new GitHubProbeError(
      `${repository.name} has workflows (${workflows}), so it is no throw-away repository; make an empty one with one commit, ` +
        'or add --any-repository',
    );
  }
  const findings: Finding[] = [];
  const found = (finding: Finding) => {
    findings.push(finding);
    say(`${finding.question} ${finding.answer}`);
  };
  const lastCall = caller(clock, new AbortController().signal);
  let trouble: unknown;
  try {
    const callers = { call, lastCall };
    await askAll({ repository, callers, clock, signal, name, found }, options.start);
  } catch (error) {
    if (!signal.aborted) trouble = error;
  }
  if (signal.aborted) say('no further question is asked');
  if (trouble instanceof GitHubProbeError) say(`no further question is asked: ${trouble.message}`);
  say('removing what was made');
  const remains = await removed(options);
  if (trouble !== undefined && !(trouble instanceof GitHubProbeError)) throw trouble;
  return { findings, remains };
}

async function askAll(probing: Probing, start: StartRunner | undefined): Promise<void> {
  await askLists(probing);
  await askRunners(probing);
  const made = await madeSet(probing);
  const waiting = await askWorkflow(probing, made && setName(probing.name));
  if (start !== undefined && waiting !== undefined) await askBusyRunner(probing, start, waiting);
  if (made !== undefined) await askScaleSet({ ...probing, ...made, waiting });
}

async function madeSet(
  probing: Probing,
): Promise<{ readonly sets: ScaleSets; readonly set: number } | undefined> {
  let made: { readonly sets: ScaleSets; readonly set: number } | undefined;
  await answering(probing, 'Can a scale set be made with this token?', async () => {
    const sets = await scaleSetsOf(probing.repository, probing.callers);
    made = { sets, set: await sets.make(setName(probing.name)) };
    return { answer: 'yes', meaning: 'the right to administer runners is enough' };
  });
  return made;
}

/** With calls that no interruption ends. */
export async function removed(
  options: Pick<ProbeOptions, 'url' | 'name' | 'token' | 'probe' | 'clock'>,
): Promise<readonly string[]> {
  const call = caller(options.clock, new AbortController().signal);
  const { clock, probe: name } = options;
  return cleanUp({ repository: repositoryIn(options, call), call, clock, name });
}
