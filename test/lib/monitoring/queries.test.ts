/** The saved queries, those of the dashboard and those of the docs, as an interpreter of AWS's pages answers them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { DIMENSION, type LastWord, RUNNER_OUTCOMES } from '../../../lambda/scaler/contract.ts';
import { lastWordLine, outcomeLine } from '../../../lambda/scaler/report.ts';
import { QUERIES, type QueryName } from '../../../lib/monitoring/queries.ts';
import { resourcesOf } from '../../../lib/template.ts';
import { watchedRun } from '../../../simulator/monitoring/watched-run.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { pageOf } from '../../docs/page.ts';
import { SEEN } from '../../lambda/scaler/report-stage.ts';
import { widgetsOf } from '../../simulator/monitoring/widgets.ts';
import { fleet } from '../../simulator/world/tiny-world.ts';
import { configOf } from '../stack-fixture.ts';
import { insights } from './insights.ts';
import { leavesOf, MOST_FIELDS } from './insights-fields.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const CLASS = 'acme/linux';
const HOUR = 3_600;

/** An hour and a half of a simulated function, with failed boots and a source that fails, and lines of other kinds. */
async function logOf(): Promise<readonly string[]> {
  const tasks = Array.from({ length: 40 }, (_, n) => ({
    id: `task-${n}`,
    resourceClass: CLASS,
    pipeline: 'p',
    releaseAt: START + 1000 * (60 + n * 120),
    durationMs: 90_000,
    after: [],
  }));
  const world = createWorld({
    seed: 1,
    startAt: START,
    tasks,
    fleets: [fleet({ resourceClass: CLASS, max: 4 })],
    scaler: 'ci',
    parameters: { bootFailure: 0.3 },
  });
  const { lines } = await watchedRun({
    world,
    lasts: 1.5 * HOUR,
    source: { from: HOUR, to: 1.1 * HOUR, fault: 'ServiceUnavailable' },
  });
  const at = START + 2 * HOUR * 1000;
  const words = RUNNER_OUTCOMES.map((outcome, n): LastWord => ({
    resourceClass: CLASS,
    instanceId: 'i-0123456789abcdef0',
    outcome,
    reason: `it ended as ${outcome}`,
    phases: { boot: 40 + n, task: 100, life: 200 },
  }));
  return [
    ...lines,
    ...words.map((word) => lastWordLine({ name: 'ci', metrics: true }, word, at)),
    outcomeLine('ci', { ...SEEN, at, rateLimit: limit('GitHub acme core', 4_000, at) }),
    outcomeLine('ci', { ...SEEN, at, rateLimit: limit('GitHub acme core', 100, at) }),
    outcomeLine('ci', { ...SEEN, at, rateLimit: limit('GitLab', 2_500, at) }),
    JSON.stringify({ level: 'WARN', message: 'a notice', timestamp: new Date(at).toISOString() }),
    `${new Date(at).toISOString()}\tb5c1\tERROR\tInvoke Error\t{"errorType":"FleetError","errorMessage":"no"}`,
    `${new Date(at).toISOString()} b5c1 Task timed out after 30.00 seconds`,
    'START RequestId: b5c1 Version: $LATEST',
  ];
}

function limit(of: string, left: number, at: number) {
  return { of, limit: 5_000, left, resetAt: at + 1_800_000 };
}

let log: readonly string[];

beforeAll(async () => {
  log = await logOf();
}, 120_000);

function answer(name: QueryName) {
  return insights(QUERIES[name].join('\n| '), log);
}

describe('a saved query', () => {
  test.each(Object.keys(QUERIES) as QueryName[])('%s shows something in each column', (name) => {
    const query = QUERIES[name].join('\n| ').replace('PUT THE CLASS HERE', CLASS);
    const rows = insights(query, log);
    const list = QUERIES[name].find((line) => /^(?:fields|stats)/.test(line)) ?? '';
    // Commas within a function part no columns.
    const columns = list.replaceAll(/\([^)]*\)/g, '').split(/,| by /);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.flatMap((row) => Object.keys(row))).size).toBe(columns.length);
  });

  test('has the longest wait of each class that waited', () => {
    const seconds = log.map((line) => Number(/"QueueSeconds":(\d+)/.exec(line)?.[1] ?? 0));
    expect(answer('who waits longest')).toEqual([
      expect.objectContaining({ ResourceClass: CLASS, seconds: Math.max(...seconds) }),
    ]);
  });

  test('finds every warning and error, whoever wrote it', () => {
    const problems = answer('warnings and failures').map(({ problem }) => String(problem));
    for (const part of [
      /so it shall be in this time/,
      /^a notice$/,
      /Invoke Error/,
      /Task timed out/,
      /^it ended as boot-failed$/,
    ]) {
      expect(problems).toContainEqual(expect.stringMatching(part));
    }
    expect(problems.some((problem) => problem.includes('START RequestId'))).toBe(false);
    expect(problems).not.toContain('demand');
  });

  test('counts the machines by how they ended', () => {
    const rows = answer('how machines ended');
    expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(RUNNER_OUTCOMES));
    expect(rows[0]).toMatchObject({ outcome: 'served', ResourceClass: CLASS });
    expect(answer('machines that did not serve').map(({ outcome }) => outcome)).not.toContain(
      'idle',
    );
  });

  test('has what is left of each limit, the scarcest first', () => {
    expect(answer('requests left')).toEqual([
      {
        limitOf: 'GitHub acme core',
        percent: 2,
        requests: 100,
        renewed: '2026-03-02T11:30:00.000Z',
      },
      { limitOf: 'GitLab', percent: 50, requests: 2_500, renewed: '2026-03-02T11:30:00.000Z' },
    ]);
    expect(answer('requests left over time')).toEqual([
      { 'bin(5m)': '2026-03-02T11:00:00.000Z', percent: 2 },
    ]);
  });
});

test('the queries of the dashboard are understood, and show something', () => {
  const queries = widgetsOf(configOf()).flatMap(({ properties: { query } }) => query ?? []);
  expect(queries).toHaveLength(2 + 2);
  for (const query of queries) {
    const [source = '', ...rest] = query.split(/\s*\|\s*(?=fields|filter|stats|sort|limit)/);
    expect(source).toBe("SOURCE '/runner-scaler/ci'");
    expect(insights(rest.join(' | '), log)).not.toEqual([]);
  }
});

test.each(['docs/operations.md', 'docs/hold-backs.md'])(
  'the queries of %s are understood, and show something',
  (path) => {
    const queries = [...pageOf(path).matchAll(/^(?:filter|fields|stats) .*$/gm)];
    expect(queries.length).toBeGreaterThan(0);
    for (const [query] of queries) expect(insights(query, log)).not.toEqual([]);
  },
);

test('no line has more fields than a query can name', () => {
  const most = Math.max(...log.map((line) => leavesOf(line).length));
  expect(most).toBeLessThan(MOST_FIELDS / 2);
});

test('they are of the log of the function, under the name of the scaler', () => {
  const saved = Object.values(resourcesOf(configOf()))
    .filter(({ Type }) => Type === 'AWS::Logs::QueryDefinition')
    .map(({ Properties }) => Properties);
  expect(saved.map(({ Name }) => Name)).toEqual(
    Object.keys(QUERIES).map((title) => `runner-scaler/ci/${title}`),
  );
  for (const { LogGroupNames } of saved) {
    expect(LogGroupNames).toEqual([{ Ref: expect.stringMatching(/^ScalerLog/) }]);
  }
});

describe('the interpreter refuses', () => {
  test.each([
    [
      'two fields to sort by',
      `stats count() as n by ${DIMENSION.scaler} | sort ${DIMENSION.scaler}, n desc`,
    ],
    ['arithmetic on a figure of stats', 'stats sum(running) / 2 as half'],
    ['a name that needs backticks', 'fields hold-back, x_y'],
    ['an unknown command', 'where level = 1'],
    ['an unknown function', 'fields upper(level)'],
    ['a pattern without like', 'filter level = /x/'],
    ['an open bracket', 'filter (level = 1'],
    ['two commands without a bar', 'filter level = 1 sort level'],
    ['too many events', 'fields level | limit 10001'],
  ])('%s', (_name, query) => {
    expect(() => insights(query, [])).toThrow(/./);
  });
});
