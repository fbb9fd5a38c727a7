/** How soon a job shows in the lists that the scaler reads. */
import { objectsIn } from './call.ts';
import { workflowPath } from './clean-up.ts';
import { QUEUED_RUNS } from './list-questions.ts';
import { answering, type Probing, secondsSince, Unanswered } from './probing.ts';

/** In seconds of an answer that never came. */
const MOST_SECONDS = 90;
const STEP_MS = 1_000;

export interface Waiting {
  /** The run whose jobs wait for runners that do not exist. */
  readonly run: number;
}

/** A job for a runner, and one for the scale set, where there is one. Nobody else has these labels. */
function workflow(name: string, set: string | undefined): string {
  const job = (id: string, runsOn: string) =>
    `  ${id}:\n    runs-on: ${runsOn}\n    timeout-minutes: 5\n    steps:\n      - run: sleep 60\n`;
  return [
    `name: ${name}\non:\n  push:\n    branches: [${name}]\npermissions: {}\njobs:\n`,
    job('runner', `[self-hosted, ${name}]`),
    set === undefined ? '' : job('set', set),
  ].join('');
}

/** @returns undefined where no run began */
export async function askWorkflow(
  probing: Probing,
  set: string | undefined,
): Promise<Waiting | undefined> {
  const { repository, name, clock, signal } = probing;
  const old = (await repository.ask({ url: QUEUED_RUNS })).headers.get('etag');
  let run: number | undefined;
  let begun = 0;

  /** @returns whether it came true in time */
  const until = async (isTrue: () => Promise<boolean>): Promise<boolean> => {
    const end = clock.now() + MOST_SECONDS * 1000;
    for (;;) {
      if (await isTrue()) return true;
      if (clock.now() >= end) return false;
      await clock.wait(STEP_MS, signal);
    }
  };

  await answering(
    probing,
    'How long after a push is its run in the list of queued ones?',
    async () => {
      const file = { path: workflowPath(name), text: workflow(name, set) };
      await repository.push(name, file);
      begun = clock.now();
      const isListed = await until(async () => {
        const { body } = await repository.ask({ url: QUEUED_RUNS });
        run = objectsIn(body['workflow_runs']).flatMap(({ id, head_branch: branch }) =>
          typeof id === 'number' && branch === name ? [id] : [],
        )[0];
        return run !== undefined;
      });
      if (isListed) {
        return {
          answer: secondsSince(clock, begun),
          meaning: 'without a webhook a job waits this much longer than for its turn in the sweep',
        };
      }
      throw new Unanswered(
        `no run in ${MOST_SECONDS} s; see that Actions is allowed in the repository`,
      );
    },
  );

  await answering(probing, 'Does the ETag of that list change with its runs?', async () => {
    if (run === undefined) throw new Unanswered('no run began');
    if (old === null) throw new Unanswered('the list has no ETag');
    const shownAt = clock.now();
    const isNew = await until(async () => {
      const { status } = await repository.ask({
        url: QUEUED_RUNS,
        headers: { 'if-none-match': old },
        accepts: [200, 304],
      });
      return status === 200;
    });
    const late = clock.now() - shownAt;
    if (isNew && late < STEP_MS) {
      return { answer: 'yes, at once', meaning: 'a 304 can be believed' };
    }
    return {
      answer: isNew ? `yes, after ${secondsSince(clock, shownAt)}` : `not in ${MOST_SECONDS} s`,
      meaning: isNew
        ? 'a job waits this much longer, because a 304 is believed'
        : 'a 304 hides jobs: lists have to be read without their ETag',
    };
  });

  await answering(
    probing,
    'Has a waiting job the labels of its workflow, in their words?',
    async () => {
      if (run === undefined) throw new Unanswered('no run began');
      const job = (await repository.jobs(run)).find(({ name: id }) => id === 'runner');
      if (job === undefined) throw new Unanswered('the job is not in the list of its run');
      const isSame = job.labels.join() === ['self-hosted', name].join();
      return isSame
        ? { answer: 'yes', meaning: 'jobs are matched with fleets as documented' }
        : {
            answer: `no, it has ${job.labels.join(', ') || 'none'}`,
            meaning: 'jobs may not be matched with their fleet; compare the counts in the log',
          };
    },
  );
  return run === undefined ? undefined : { run };
}
