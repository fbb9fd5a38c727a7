/** Whether lists that did not change can be read for nothing, which decides how many repositories one App serves. */
import type { Answer } from './finding.ts';
import { answering, type Probing, Unanswered } from './probing.ts';

/** As the scaler reads it. */
export const QUEUED_RUNS = '/actions/runs?status=queued&exclude_pull_requests=true&per_page=30';

const ASKED_AGAIN = 5;
const PAUSE_MS = 2_000;

interface Repeated {
  /** Null without one. */
  readonly etag: string | null;
  readonly statuses: readonly number[];
  /** Requests that GitHub had counted: at the first answer, at the last 304, and after one more without an ETag. */
  readonly used: readonly [first: number, last: number, control: number];
  readonly isQuiet: boolean;
}

export async function askLists(probing: Probing): Promise<void> {
  let repeated: Repeated | undefined;
  await answering(
    probing,
    'Is a list of runs that did not change answered 304 to its ETag?',
    async () => {
      repeated = await repeatedly(probing);
      return stabilityOf(repeated);
    },
  );
  await answering(probing, 'Is a 304 counted against the hourly limit?', async () => {
    if (repeated === undefined) throw new Unanswered('the list could not be read');
    return priceOf(repeated);
  });
}

async function repeatedly({ repository, clock, signal }: Probing): Promise<Repeated> {
  const first = await repository.ask({ url: QUEUED_RUNS });
  const etag = first.headers.get('etag');
  const statuses: number[] = [];
  let isQuiet = true;
  let last = first;
  const times = etag === null ? 0 : ASKED_AGAIN;
  for (let time = 0; time < times; time += 1) {
    await clock.wait(PAUSE_MS, signal);
    last = await repository.ask({
      url: QUEUED_RUNS,
      headers: { 'if-none-match': etag ?? '' },
      accepts: [200, 304],
    });
    statuses.push(last.status);
    isQuiet &&= last.status === 304 || last.body['total_count'] === first.body['total_count'];
  }
  const control = await repository.ask({ url: QUEUED_RUNS });
  return { etag, statuses, isQuiet, used: [usedIn(first), usedIn(last), usedIn(control)] };
}

/** NaN where GitHub names no limit. */
function usedIn({ headers }: { readonly headers: Headers }): number {
  return Number(headers.get('x-ratelimit-used') ?? Number.NaN);
}

function stabilityOf({ etag, statuses, isQuiet }: Repeated): Answer {
  if (etag === null) {
    return {
      answer: 'it has no ETag',
      meaning: 'every reading costs a request: the right half of the table in docs/github.md',
    };
  }
  if (!isQuiet) throw new Unanswered('runs changed meanwhile; use a repository without any');
  const changed = statuses.filter((status) => status === 200).length;
  return changed === 0
    ? {
        answer: `yes, each of ${statuses.length} times`,
        meaning: 'kept answers work as the scaler uses them',
      }
    : {
        answer: `no, ${changed} of ${statuses.length} times it was sent whole`,
        meaning:
          'every such reading costs a request: the right half of the table in docs/github.md',
      };
}

function priceOf({ statuses, used: [first, last, control] }: Repeated): Answer {
  const unchanged = statuses.filter((status) => status === 304).length;
  if (unchanged === 0 || unchanged < statuses.length) {
    throw new Unanswered('not every answer was a 304');
  }
  if ([first, last, control].some(Number.isNaN)) throw new Unanswered('GitHub names no limit here');
  if (control !== last + 1) {
    throw new Unanswered(
      'GitHub did not count one request as one; ask when nothing else uses the token',
    );
  }
  const counted = last - first;
  if (counted === 0) {
    return {
      answer: 'no',
      meaning:
        'the left half of the table in docs/github.md holds: 10 busy repositories every 15 s',
    };
  }
  if (counted === unchanged) {
    return {
      answer: 'yes',
      meaning:
        'the right half of the table in docs/github.md holds: 10 busy repositories every 45 s',
    };
  }
  throw new Unanswered(
    `GitHub counted ${counted} of ${unchanged}; ask when nothing else uses the token`,
  );
}
