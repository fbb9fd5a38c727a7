/**
 * The jobs in all repositories of one owner.
 *
 * How fresh that is: a repository is *hot* while an unfinished run of its last reading has a job for a fleet, or a
 * webhook named it in the last minute. Hot ones are read in each pass; the others in turn within a fifth of the requests
 * that GitHub takes, those with unfinished runs four times as often. A failure of a hot one makes the classes that it may
 * have jobs for unknown; that of another is late, and the third in a row makes them unknown, too.
 *
 * A container knows no demand before it has read every repository once: a part would be a smaller number. What a webhook
 * says reaches one container; the others meet the job in their turn, or at the next reading of a hot repository.
 */
import pLimit from 'p-limit';
import type { Budget } from '../../clock.ts';
import { limitsSeen } from '../rate-limit.ts';
import { DemandSourceError, type RateLimit } from '../source.ts';
import { askingAt, type GitHubPorts } from './asking.ts';
import { isOfAll, type Lists, type Pass } from './pages.ts';
import { repositoriesOf } from './repositories.ts';
import { type Purpose, requestBudget } from './request-budget.ts';
import { keptRuns, type Runs, unfinishedRuns } from './runs.ts';

/** Requests at a time, of the hundred that GitHub takes from all containers. */
export const REQUESTS_AT_ONCE = 10;

/** Repositories of the sweep that are under way at a time. */
const SWEPT_AT_ONCE = 10;

/** A sweep begins with no further repository so long after the pass began; the counts of a pass must be fresh. */
const SWEEP_MS = 4_000;

/** For so long after a webhook named it, a repository is read in each pass. */
export const NAMED_MS = 60_000;

/** Failures in a row that are only late, of a repository that is not hot. */
const MOST_LATE = 2;

const NONE: Runs = new Map();

export interface InstallationOptions {
  readonly owner: string;
  readonly apiUrl: string;
  /** Repositories as `owner/name`. Default: those that the App is installed for. */
  readonly named: readonly string[] | undefined;
  /** Whether a run with these jobs has one for a fleet. */
  readonly isOurs: (runs: Runs, repository: string) => boolean;
}

/** What is known of one repository after a pass. */
export interface RepositoryRead {
  readonly name: string;
  readonly runs: Runs;
  /** Why its jobs are not known. */
  readonly failure: DemandSourceError | undefined;
}

export interface Reading {
  readonly repositories: readonly RepositoryRead[];
  /** Why a repository is not among them. */
  readonly whyGone: (repository: string) => DemandSourceError | undefined;
}

export interface Installation {
  /** Of one pass, which all its classes share. */
  read(budget: Budget): Promise<Reading>;
  restsUntil(): number;
  /** Of the App at this owner, in the pass of this budget; see `DemandReader`. */
  rateLimit(budget: Budget): RateLimit | undefined;
  /** @param repository as `owner/name` */
  changed(repository: string): void;
}

interface Known {
  base: string;
  /** Undefined until it was read once. */
  runs: Runs | undefined;
  triedAt: number;
  readAt: number;
  /** In a row. */
  failures: number;
  /** Of this pass, or of the last sweeps. */
  failure: DemandSourceError | undefined;
}

export function installation(ports: GitHubPorts, options: InstallationOptions): Installation {
  const { clock, onNotice } = ports;
  const { owner, apiUrl, isOurs } = options;
  const repositories = repositoriesOf({ owner, named: options.named, clock, onNotice });
  const requests = requestBudget({ owner, clock, onNotice });
  const limits = limitsSeen({ of: `GitHub ${owner}`, clock, onNotice });
  const lists: Lists = {
    ask: askingAt(owner, { ...ports, limits }),
    apiUrl,
    requests,
    limit: pLimit(REQUESTS_AT_ONCE),
  };
  const kept = keptRuns();
  const known = new Map<string, Known>();
  /** When a webhook named a repository, which is then hot. */
  const named = new Map<string, number>();
  const readings = new WeakMap<Budget, Promise<Reading>>();
  const toldWords = new Set<string>();

  const of = (name: string): Known => {
    const found = known.get(name) ?? {
      base: `/repos/${name}`,
      runs: undefined,
      triedAt: Number.NEGATIVE_INFINITY,
      readAt: Number.NEGATIVE_INFINITY,
      failures: 0,
      failure: undefined,
    };
    known.set(name, found);
    return found;
  };

  async function readOne(name: string, purpose: Purpose, pass: Pass): Promise<void> {
    const repository = of(name);
    repository.triedAt = clock.now();
    try {
      repository.runs = await unfinishedRuns(
        {
          base: repository.base,
          moved: (base) => (repository.base = base),
          purpose,
          known: repository.runs ?? NONE,
          kept,
          onUnknown: tellWord,
        },
        pass,
      );
      repository.readAt = repository.triedAt;
      repository.failures = 0;
      repository.failure = undefined;
    } catch (error) {
      if (!(error instanceof DemandSourceError)) throw error;
      if (repositories.leaves(name, error)) {
        known.delete(name);
        return;
      }
      repository.failures += 1;
      repository.failure = error;
    }
  }

  /** Also for longer than it says, where no pass has read it since. */
  function isNamed(name: string, now: number): boolean {
    const at = named.get(name);
    if (at === undefined) return false;
    const isHot = now < at + NAMED_MS || of(name).readAt < at;
    if (!isHot) named.delete(name);
    return isHot;
  }

  /** Those that were never read, then those whose turn is next. */
  function inTurn(names: readonly string[]): readonly string[] {
    const now = clock.now();
    const age = ({ runs, triedAt }: Known) => {
      const hasRuns = runs !== undefined && runs.size > 0;
      return (now - triedAt) * (hasRuns ? 4 : 1);
    };
    return names.toSorted((one, other) => {
      const [first, second] = [age(of(one)), age(of(other))];
      return first === second ? 0 : second - first;
    });
  }

  async function sweep(
    names: readonly string[],
    { purpose, pass }: { readonly purpose: 'sweep' | 'first'; readonly pass: Pass },
  ): Promise<void> {
    const queue = [...inTurn(names)];
    const endsAt = Math.min(clock.now() + SWEEP_MS, pass.budget.endsAt - SWEEP_MS);
    const worker = async () => {
      for (;;) {
        const [next] = queue;
        if (next === undefined || pass.refusal !== undefined || clock.now() >= endsAt) return;
        if (!requests.maySweep(purpose === 'first')) return;
        queue.shift();
        await readOne(next, purpose, pass);
      }
    };
    await Promise.all(Array.from({ length: SWEPT_AT_ONCE }, worker));
  }

  async function readAll(budget: Budget): Promise<Reading> {
    requests.check();
    const beganAt = clock.now();
    const pass: Pass = { budget, lists, refusal: undefined };
    try {
      // So that what keeps the App out is not taken for what keeps it out of a repository.
      await ports.tokens.current(owner, budget);
      const names = await repositories.list(pass);
      const isIn = new Set(names);
      for (const name of known.keys()) if (!isIn.has(name)) known.delete(name);
      for (const name of named.keys()) if (!isIn.has(name)) named.delete(name);
      const isUnread = (name: string) => of(name).runs === undefined;
      const isHot = (name: string) => isNamed(name, beganAt) || isOurs(of(name).runs ?? NONE, name);
      const unread = names.filter(isUnread);
      const hot = new Set(names.filter((name) => !isUnread(name) && isHot(name)));
      await sweep(unread, { purpose: 'first', pass });
      // Nothing is known before each was tried, so that nothing is spent on the others.
      const isStarting = unread.some(
        (name) => known.has(name) && isUnread(name) && of(name).failure === undefined,
      );
      if (!isStarting) {
        const cold = names.filter((name) => !hot.has(name) && !unread.includes(name));
        await Promise.all([
          ...[...hot].map(async (name) => readOne(name, 'pass', pass)),
          sweep(cold, { purpose: 'sweep', pass }),
        ]);
      }
      if (pass.refusal !== undefined) throw pass.refusal;
      const left = await repositories.list(pass);
      return {
        whyGone: (name) => repositories.whyGone(name),
        repositories: left.map((name) => readOf(name, { isHot: hot.has(name), isStarting })),
      };
    } catch (error) {
      if (error instanceof DemandSourceError && isOfAll(error)) requests.refused(error);
      throw error;
    } finally {
      requests.passed(beganAt);
    }
  }

  function readOf(
    name: string,
    { isHot, isStarting }: { readonly isHot: boolean; readonly isStarting: boolean },
  ): RepositoryRead {
    const { runs, failure, failures } = of(name);
    if (runs === undefined) return { name, runs: NONE, failure: failure ?? notRead() };
    if (isHot && isStarting) return { name, runs, failure: notRead() };
    const isUnknown = failure !== undefined && (isHot || failures > MOST_LATE);
    return { name, runs, failure: isUnknown ? failure : undefined };
  }

  function notRead(): DemandSourceError {
    const all = [...known.values()];
    const count = all.filter(({ runs }) => runs === undefined).length;
    return new DemandSourceError(
      'unavailable',
      `the jobs of ${count} of ${all.length} repositories at ${owner} are not read yet, and the ` +
        'demand is not known before they are; it takes some minutes after a start where there are hundreds',
    );
  }

  function tellWord(status: string): void {
    const word = status.slice(0, 50);
    if (toldWords.has(word) || toldWords.size >= 100) return;
    toldWords.add(word);
    onNotice?.(
      `GitHub says that a job is ${JSON.stringify(word)}, which is not known here, so it counts neither as waiting ` +
        'nor as running; update runner-scaler',
    );
  }

  return {
    async read(budget) {
      const reading = readings.get(budget) ?? readAll(budget);
      readings.set(budget, reading);
      return reading;
    },
    restsUntil: () => requests.restsUntil(),
    rateLimit: (budget) => limits.lowest(budget),
    changed(repository) {
      const name = repository.toLowerCase();
      named.set(name, clock.now());
      repositories.appeared(name);
    },
  };
}
