/** What takes a runner with a job: how late the list of jobs is, and whether GitHub deletes a runner that has one. */
import { answering, type Probing, Unanswered } from './probing.ts';
import type { Job } from './repository.ts';
import type { Waiting } from './workflow-questions.ts';

export interface StartedRunner {
  /** Ends it with all its processes, and removes what it has written. */
  stop(): Promise<void>;
}

/** @param onLine takes each line that the runner prints */
export type StartRunner = (
  jitConfig: string,
  onLine: (line: string) => void,
) => Promise<StartedRunner>;

/** What the runner prints when it has been given a job. */
const CLAIM = /Running job: runner\b/;

const MOST_MS = 120_000;
const STEP_MS = 500;

export async function askBusyRunner(
  probing: Probing,
  start: StartRunner,
  { run }: Waiting,
): Promise<void> {
  const { repository, name, clock, signal } = probing;
  let claimedAt: number | undefined;
  let started: StartedRunner | undefined;
  let isRunning = false;

  const inProgress = async (): Promise<Job | undefined> =>
    (await repository.jobs(run)).find(
      (job) => job.name === 'runner' && job.status === 'in_progress' && job.runner === name,
    );

  try {
    await answering(
      probing,
      'How long after its start is a job in progress with the name of its runner?',
      async () => {
        const { body } = await repository.makeRunner(name, ['self-hosted', name]);
        const config = body['encoded_jit_config'];
        if (typeof config !== 'string') throw new Unanswered('no runner could be made');
        started = await start(config, (line) => {
          if (CLAIM.test(line)) claimedAt ??= clock.now();
        });
        const end = clock.now() + MOST_MS;
        while (clock.now() < end) {
          isRunning = (await inProgress()) !== undefined;
          if (isRunning) return lateBy(claimedAt === undefined ? 0 : clock.now() - claimedAt);
          await clock.wait(STEP_MS, signal);
        }
        throw new Unanswered(
          claimedAt === undefined
            ? `the runner took no job in ${MOST_MS / 1000} s; see its folder _diag`
            : `the list did not show it in ${MOST_MS / 1000} s`,
        );
      },
    );

    await answering(probing, 'Is the deletion of a runner with a job refused?', async () => {
      if (!isRunning) throw new Unanswered('no runner has a job');
      const runner = (await repository.runners(name)).find((each) => each.name === name);
      if (runner === undefined) throw new Unanswered('the runner is not in the list');
      const { status } = await repository.ask({
        method: 'DELETE',
        url: `/actions/runners/${runner.id}`,
        accepts: [204, 422],
      });
      return status === 422
        ? { answer: 'yes, by 422', meaning: 'an idle end that meets a new job loses nothing' }
        : {
            answer: 'no, it was deleted',
            meaning: 'only the second look of the machine at its own processes protects a job',
          };
    });
  } finally {
    await started?.stop();
  }
}

function lateBy(ms: number) {
  return {
    answer: `${(ms / 1000).toFixed(1)} s`,
    meaning:
      'for so long a job counts as waiting though a machine has it, which may start one machine too many',
  };
}
