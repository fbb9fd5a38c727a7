/**
 * What reading GitHub costs in requests, and how often it comes to a reading: the table of docs/decisions/github-requests.md.
 * The source as it is shipped against the emulator, a pass each 15 s for two hours of virtual time, in one container or in
 * several in turn.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../../lambda/scaler/clock.ts';
import { encodeGitHubDemand, gitHubApiUrl } from '../../../lambda/scaler/contract.ts';
import { gitHub } from '../../../lambda/scaler/demand/github.ts';
import { installationTokens } from '../../../lambda/scaler/demand/github/app.ts';
import type { HttpCall } from '../../../lambda/scaler/demand/http-call.ts';
import { DemandSourceError } from '../../../lambda/scaler/demand/source.ts';
import { gitHubEmulator } from '../../../simulator/emulators/github.ts';
import { testApp } from '../../github-app.ts';
import { manualClock } from '../../manual-clock.ts';

const APP = testApp('1');
const URL_OF = 'http://github.example.com';
const PASS_SECONDS = 15;
const HOURS = 2;
const LIMIT = 5_000;

interface Case {
  readonly repositories: number;
  /** Those with an unfinished run, whose jobs are others at each pass. */
  readonly busy: number;
  readonly unchangedIsFree: boolean;
  /** They take the passes in turn, and know nothing of each other. */
  readonly containers: number;
}

interface Measured {
  /** Minutes until the demand is known for the first time. */
  readonly knownAfter: number;
  /** Of a pass that reads, in the second hour. */
  readonly calls: number;
  /** Requests that GitHub counts, in the second hour. */
  readonly counted: number;
  /** Seconds from one reading to the next, in the second hour. */
  readonly interval: number;
  /** The longest of these intervals. */
  readonly longest: number;
  /** Minutes from one reading of a quiet repository to the next, in the second hour; NaN where none was read twice. */
  readonly quiet: number;
  /** Passes that were refused or could not be told a number, once it was known; and those of the second hour. */
  readonly unknown: number;
  readonly unknownLater: number;
  /** Passes with another number than the true one. */
  readonly wrong: number;
  readonly notices: readonly string[];
}

async function measured({
  repositories,
  busy,
  unchangedIsFree,
  containers,
}: Case): Promise<Measured> {
  const clock = manualClock();
  const begin = clock.now();
  let pass = 0;
  let calls = 0;
  let used = 0;
  const quietAt: number[] = [];
  const busyNames = new Set(Array.from({ length: busy }, (_, at) => `class-${at}`));
  const { answer } = gitHubEmulator({
    app: APP,
    unchangedIsFree,
    limit: LIMIT,
    now: () => clock.now(),
    counts: {
      resourceClasses: new Set(),
      readRunning: () => 0,
      readUnclaimed: (name) => (busyNames.has(name) ? 1 + (pass % 7) : 0),
    },
    jobs: Array.from({ length: repositories }, (_, at) => ({
      repository: `acme/app-${at}`,
      resourceClass: `class-${at}`,
      labels: ['acme'],
      prefix: 'ci-linux-',
    })),
  });
  const quiet = `/repos/acme/app-${repositories - 1}/actions/runs`;
  const call: HttpCall = async (url, request) => {
    const {
      status,
      headers = {},
      body,
    } = answer({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: { ...request.headers, host: url.host },
      body: request.body ?? '',
    });
    calls += 1;
    const counts =
      headers['x-ratelimit-used'] !== undefined &&
      status !== 403 &&
      (status !== 304 || !unchangedIsFree);
    if (counts) used += 1;
    if (url.pathname.endsWith(quiet) && url.searchParams.get('status') === 'pending') {
      quietAt.push(clock.now());
    }
    return { status, headers, text: body };
  };
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const apps = { current: async () => APP, reread: async () => APP };
  const apiUrl = gitHubApiUrl(URL_OF);
  const sources = Array.from({ length: containers }, () =>
    gitHub({
      url: URL_OF,
      scope: { kind: 'owners', owners: ['acme'] },
      call,
      clock,
      onNotice,
      tokens: installationTokens({ apiUrl, call, clock, apps }),
    }),
  );
  const queue = {
    resourceClass: 'linux',
    group: 'ci-linux',
    demand: encodeGitHubDemand({ labels: ['acme'], at: 'acme', prefix: 'ci-linux-' }),
  };
  sources.forEach((source) => source.existing?.([queue]));
  const knownAt: number[] = [];
  let unknown = 0;
  let unknownLater = 0;
  let wrong = 0;
  const second: { calls: number; used: number; reads: number[] } = { calls: 0, used: 0, reads: [] };
  for (pass = 0; pass < (HOURS * 3_600) / PASS_SECONDS; pass += 1) {
    const now = clock.now();
    const isSecond = now - begin >= 3_600_000;
    const source = sources[pass % containers];
    if (source === undefined) throw new Error('there is no container');
    if (!((source.restsUntil?.(queue) ?? 0) > now)) {
      const before = { calls, used };
      try {
        const { unclaimed } = await source.currentDemand(queue, budgetOf(clock, 15_000));
        knownAt[pass % containers] ??= now;
        if (unclaimed !== busy * (1 + (pass % 7))) wrong += 1;
      } catch (error) {
        if (!(error instanceof DemandSourceError)) throw error;
        const wasKnown = knownAt[pass % containers] !== undefined;
        unknown += Number(wasKnown);
        unknownLater += Number(wasKnown && isSecond);
      }
      if (isSecond) {
        second.calls += calls - before.calls;
        second.used += used - before.used;
        second.reads.push(now);
      }
    }
    clock.advance(PASS_SECONDS * 1_000);
  }
  const later = quietAt.filter((at) => at - begin >= 3_600_000);
  return {
    knownAfter:
      (Math.max(...knownAt, ...(knownAt.length < containers ? [Number.NaN] : [])) - begin) / 60_000,
    calls: second.calls / second.reads.length,
    counted: second.used,
    interval: 3_600 / second.reads.length,
    longest:
      Math.max(...second.reads.slice(1).map((at, index) => at - (second.reads[index] ?? at))) /
      1_000,
    quiet: later.length > 0 ? 60 / later.length : Number.NaN,
    unknown,
    unknownLater,
    wrong,
    notices,
  };
}

const CASES: readonly Case[] = [true, false].flatMap((unchangedIsFree) =>
  [1, 10, 100, 1_000].flatMap((repositories) =>
    [...new Set([0, Math.ceil(repositories / 10), repositories])].map((busy) => ({
      repositories,
      busy,
      unchangedIsFree,
      containers: 1,
    })),
  ),
);

/** Passes of a function that is busy are served by whichever container is free. */
const IN_TURN: readonly Case[] = [true, false].flatMap((unchangedIsFree) =>
  [10, 100].flatMap((repositories) =>
    [0, Math.ceil(repositories / 10), repositories].map((busy) => ({
      repositories,
      busy,
      unchangedIsFree,
      containers: 3,
    })),
  ),
);

describe('requests to GitHub', () => {
  const rows: string[] = [];
  const cell = (value: number, decimals = 0) =>
    Number.isNaN(value) ? '–' : value.toFixed(decimals);

  afterAll(() => {
    const head =
      '| containers | 304s | repositories | with jobs | known after, min | calls of a pass | counted an hour | s between readings | longest | min between readings of a quiet one | passes of two hours that are refused |';
    process.stdout.write(`${[head, head.replaceAll(/[^|]+/g, ' ---: '), ...rows].join('\n')}\n`);
  });

  test.each([...CASES, ...IN_TURN])(
    'of $repositories repositories, $busy with jobs, 304s free: $unchangedIsFree, $containers containers',
    async (setting) => {
      const { repositories, busy, unchangedIsFree, containers } = setting;
      // Four lists and the jobs of a run: more than an hour's requests for a thousand.
      const isTooMuch = 5 * busy + 4 * (repositories - busy) > 0.9 * LIMIT;
      const found = await measured(setting);
      rows.push(
        `| ${[
          containers,
          unchangedIsFree ? 'free' : 'counted',
          repositories,
          busy,
          cell(found.knownAfter, 1),
          cell(found.calls),
          cell(found.counted),
          cell(found.interval),
          cell(found.longest),
          busy === repositories ? '–' : cell(found.quiet, 1),
          found.unknown,
        ].join(' | ')} |`,
      );
      expect(found.counted).toBeLessThanOrEqual(LIMIT);
      expect(isTooMuch || found.knownAfter < 15).toBe(true);
      // Whole: never another number, whatever the limits.
      expect(found.wrong).toBe(0);
      // That it is read less often, and that few requests are left, are each told once an hour.
      const fewLeft = found.notices.filter((notice) => notice.includes('requests are left'));
      const others = found.notices.length - fewLeft.length;
      expect(fewLeft.length).toBeLessThanOrEqual(containers * (HOURS + 1));
      expect(others).toBeLessThanOrEqual(containers * (HOURS + 1));
      // What does not fit is read less often. A start takes so much of the first hour's requests, of three containers or for
      // a thousand repositories, that passes of that hour may be refused.
      expect(repositories === 1_000 || found.unknownLater === 0).toBe(true);
      expect(repositories === 1_000 || containers > 1 || found.unknown === 0).toBe(true);
    },
    300_000,
  );
});
