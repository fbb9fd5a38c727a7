/** The questions that decide whether scale sets could be read instead of REST; see docs/decisions/github-demand.md. */
import type { Answer } from './finding.ts';
import { answering, type Probing, secondsSince, Unanswered } from './probing.ts';
import type { ScaleSets, Session, Statistics } from './scale-set.ts';
import type { Waiting } from './workflow-questions.ts';

export interface SetProbing extends Probing {
  readonly sets: ScaleSets;
  readonly set: number;
  /** Undefined where no run began. */
  readonly waiting: Waiting | undefined;
}

/** Looked at so often, this far apart, before nothing is taken for an answer. */
const LOOKS = { times: 6, apartMs: 5_000 };

/** A poll lasts up to 50 s; a function would break it off. */
const POLL_MS = 2_000;

/** After the deletion of a session, jobs and the next session are looked at for so long. */
const AFTERWARDS_MS = 150_000;
const STEP_MS = 10_000;

export async function askScaleSet(probing: SetProbing): Promise<void> {
  const { sets, set, name, clock } = probing;
  let session: Session | undefined;
  let wasAssigned = false;

  const needSession = (): Session => {
    if (session === undefined) throw new Unanswered('no session could be opened');
    return session;
  };

  try {
    await answering(
      probing,
      'Does a scale set show a waiting job to one who has no session?',
      async () => {
        needJob(probing);
        return withoutSession(await lookedAt(probing));
      },
    );

    await answering(probing, 'What does a new session say of a job that is older?', async () => {
      session = await sets.open(set, name);
      needJob(probing);
      return ofBacklog(needSession().statistics);
    });

    await answering(probing, 'Is a second session refused while one is open?', async () => {
      needSession();
      const second = await sets.open(set, name);
      if (second === undefined) {
        return {
          answer: 'yes, by 409, also to its own owner',
          meaning: 'two containers of a function would have to share one session',
        };
      }
      session = second;
      return { answer: 'no', meaning: 'a function could open a session at each pass' };
    });

    await answering(probing, 'Has a renewed session statistics?', async () => {
      session = await sets.renew(set, needSession());
      return session.statistics === undefined
        ? { answer: 'no', meaning: 'numbers come only with a new session or a message' }
        : { answer: 'yes', meaning: 'numbers can be had at each pass without a long poll' };
    });

    await answering(
      probing,
      'Is a job assigned by a poll that is broken off after 2 s?',
      async () => {
        needJob(probing);
        const isTold = await sets.poll(needSession(), 1, clock.timeout(POLL_MS));
        session = await sets.renew(set, needSession());
        if (session.statistics === undefined)
          throw new Unanswered('a renewed session has no numbers');
        wasAssigned = session.statistics.assigned > 0;
        return ofPoll(wasAssigned, isTold);
      },
    );

    await answering(
      probing,
      'What becomes of an assigned job when its session is deleted?',
      async () => {
        const old = needSession();
        await sets.close(set, old);
        session = undefined;
        const closedAt = clock.now();
        session = await openedAgain(probing);
        probing.found(opened(session && secondsSince(clock, closedAt)));
        if (!wasAssigned) throw new Unanswered('no job was assigned');
        return afterwards(probing, session);
      },
    );
  } finally {
    // The clean-up deletes the set; an open session might prevent it.
    if (session !== undefined) await sets.close(set, session).catch(() => undefined);
  }
}

function needJob({ waiting }: SetProbing): void {
  if (waiting === undefined) throw new Unanswered('no run began');
}

/** @returns the first statistics that show a job, or the last */
async function lookedAt({ sets, set, clock, signal }: SetProbing): Promise<Statistics | undefined> {
  let last: Statistics | undefined;
  for (let time = 0; time < LOOKS.times; time += 1) {
    last = await sets.statistics(set);
    if (last !== undefined && last.available + last.assigned > 0) return last;
    await clock.wait(LOOKS.apartMs, signal);
  }
  return last;
}

function withoutSession(statistics: Statistics | undefined): Answer {
  if (statistics === undefined) {
    return {
      answer: 'no, it has no statistics then',
      meaning: 'a set cannot be read without claiming: REST stays',
    };
  }
  const { available, assigned } = statistics;
  return available + assigned > 0
    ? {
        answer: `yes: ${available} available, ${assigned} assigned`,
        meaning:
          'a set could be counted by one request at each pass, and machines alone claim jobs',
      }
    : {
        answer: 'no, it shows 0 while a job waits',
        meaning: 'a set cannot be read without claiming: REST stays',
      };
}

function ofBacklog(statistics: Statistics | undefined): Answer {
  if (statistics === undefined) {
    return { answer: 'nothing', meaning: 'an older backlog shows only by polling' };
  }
  const { available, assigned } = statistics;
  const answer = `${available} available, ${assigned} assigned`;
  return available + assigned > 0
    ? { answer, meaning: 'a new session knows the backlog' }
    : { answer, meaning: 'a backlog that is older than the session shows only by polling' };
}

function ofPoll(isAssigned: boolean, isTold: boolean): Answer {
  const told = isTold ? 'with a message' : 'without a message';
  return isAssigned
    ? {
        answer: `yes, ${told}`,
        meaning: 'short polls claim jobs: whoever polls has to have machines within five minutes',
      }
    : {
        answer: `no, ${told}`,
        meaning: 'short polls claim nothing, so a function cannot take part by them',
      };
}

async function openedAgain({ sets, set, name, clock, signal }: SetProbing) {
  const end = clock.now() + AFTERWARDS_MS;
  for (;;) {
    const session = await sets.open(set, name);
    if (session !== undefined || clock.now() >= end) return session;
    await clock.wait(STEP_MS, signal);
  }
}

function opened(after: string | undefined) {
  return {
    question: 'How soon after its deletion can another session be opened?',
    answer: after === undefined ? `not in ${AFTERWARDS_MS / 1000} s` : `after ${after}`,
    meaning: 'for so long nothing is known of the jobs when a container is gone',
  };
}

/** The job as REST has it, and as the next session counts it. */
async function afterwards(probing: SetProbing, session: Session | undefined): Promise<Answer> {
  const { repository, clock, signal, waiting } = probing;
  const end = clock.now() + AFTERWARDS_MS;
  for (;;) {
    const jobs = waiting === undefined ? [] : await repository.jobs(waiting.run);
    const { status = 'unknown', conclusion = '' } = jobs.find(({ name }) => name === 'set') ?? {};
    if (status === 'completed') {
      return {
        answer: `it ended as ${conclusion}`,
        meaning: 'a session that is lost loses jobs: scale sets stay unbuilt',
      };
    }
    if (clock.now() >= end) return stillWaiting(session?.statistics);
    await clock.wait(STEP_MS, signal);
  }
}

function stillWaiting(statistics: Statistics | undefined): Answer {
  const waited = `it still waits after ${AFTERWARDS_MS / 1000} s`;
  if (statistics === undefined) {
    return { answer: `${waited}; whether it is assigned is unknown`, meaning: 'the job survives' };
  }
  return statistics.assigned > 0
    ? {
        answer: `${waited}, assigned to the next session`,
        meaning: 'the job survives; one function could hold the polls for part of each minute',
      }
    : {
        answer: `${waited}, assigned to nobody`,
        meaning: 'the job survives, and is claimed again by the next poll',
      };
}
