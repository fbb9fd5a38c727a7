/**
 * The lines are what CloudWatch takes metrics of. What breaks its rules it drops without a word to the writer.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isClassName, RUNNER_OUTCOMES } from '../../../lambda/scaler/contract.ts';
import type { Outcome } from '../../../lambda/scaler/pass.ts';
import { lastWordLine, outcomeLine } from '../../../lambda/scaler/report.ts';
import { NAMED, SEEN } from './report-stage.ts';

interface Document {
  readonly _aws?: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Of one event of the log, of which CloudWatch takes metrics. */
const MOST_BYTES = 256 * 1024;
const UNITS = new Set(['Count', 'Seconds']);

/** Why CloudWatch would drop metrics of a line that it is sent at this moment. */
function problemsOf(line: string, sentAt: number): readonly string[] {
  const document = JSON.parse(line) as Document;
  const problems: string[] = [];
  const holds = (isSo: boolean, problem: string) => {
    if (!isSo) problems.push(problem);
  };
  const { _aws } = document;
  if (_aws === undefined) return [];
  holds(!line.includes('\n'), 'more than one line');
  holds(Buffer.byteLength(line) <= MOST_BYTES, 'too long');
  const age = sentAt - _aws.Timestamp;
  holds(Number.isInteger(age) && age <= 14 * DAY_MS && age >= -2 * HOUR_MS, 'too old, or to come');
  for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
    holds(/^(?!AWS\/)[\w./#: -]{1,255}$/.test(Namespace), `the namespace ${Namespace}`);
    holds(Metrics.length > 0 && Metrics.length <= 100, `${Metrics.length} metrics`);
    const names = new Set(Metrics.map(({ Name }) => Name));
    holds(names.size === Metrics.length, 'a metric twice');
    for (const dimensions of Dimensions) {
      holds(dimensions.length <= 30, `${dimensions.length} dimensions`);
      for (const name of dimensions) {
        const value = document[name];
        holds(/^(?!:)[\x21-\x7e]{1,255}$/.test(name), `the dimension ${name}`);
        const isValue =
          typeof value === 'string' && /^(?!:)[\x20-\x7e]{1,1024}$/.test(value) && /\S/.test(value);
        holds(isValue, `the value ${String(value)} of ${name}`);
      }
    }
    for (const { Name, Unit } of Metrics) {
      holds(/^[\x21-\x7e]{1,1024}$/.test(Name), `the name ${Name}`);
      holds(UNITS.has(Unit), `the unit ${Unit}`);
      // Neither a list nor another number that CloudWatch cannot hold.
      const value = document[Name];
      const isNumber = typeof value === 'number' && Math.abs(value) <= 2 ** 360;
      holds(isNumber, `the value ${String(value)} of ${Name}`);
    }
  }
  return problems;
}

/** A pass in which as much is wrong as can be at once. */
const WORST: Outcome = {
  ...SEEN,
  fleet: {
    ...SEEN.fleet,
    desired: 40,
    max: 4,
    pending: Array.from({ length: 20 }, (_, n) => `i-${n}`),
    suspended: ['Launch', 'Terminate', 'HealthCheck', 'ReplaceUnhealthy'],
  },
  demand: { unclaimed: 2 ** 31, running: 0 },
  waitedMs: 400 * DAY_MS,
  decision: { action: 'none', desired: 4, want: 4, held: 4, reason: 'at-max' },
  holdBack: { kind: 'watch', cause: 'boots-fail', since: 0, want: 1 },
  trouble: 'no capacity\nin this zone'.repeat(1_000),
  failure: { kind: 'unauthorized', message: 'x'.repeat(10_000) },
};

describe('CloudWatch takes all metrics of', () => {
  test('a pass in which everything is wrong', () => {
    expect(problemsOf(outcomeLine('ci', WORST), WORST.at)).toEqual([]);
    expect(outcomeLine('ci', WORST)).toContain('"TasksAtMax"');
  });

  test.each(RUNNER_OUTCOMES)('a machine that ended as %s', (outcome) => {
    const word = {
      resourceClass: 'acme/linux',
      instanceId: 'i-1',
      outcome,
      reason: 'x'.repeat(500),
      phases: { boot: 1e9 },
    };
    expect(problemsOf(lastWordLine(NAMED, word, SEEN.at), SEEN.at)).toEqual([]);
  });

  test('a class of any name that is allowed', () => {
    const letters = ['a', 'A', '0', '_', '.', '/', ':', '+', '-', ' ', '\u00e4', '\n'];
    const name = fc
      .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 12 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(name.filter(isClassName), (resourceClass) => {
        const line = outcomeLine('ci', { ...SEEN, fleet: { ...SEEN.fleet, resourceClass } });
        expect(problemsOf(line, SEEN.at)).toEqual([]);
      }),
    );
  });

  test.each<[problem: string, change: object]>([
    ['the value :x of ResourceClass', { ResourceClass: ':x' }],
    ['the value \u00e4 of ResourceClass', { ResourceClass: '\u00e4' }],
    ['the value undefined of UnclaimedTasks', { UnclaimedTasks: undefined }],
    ['the value 1 of UnclaimedTasks', { UnclaimedTasks: '1' }],
  ])('not: %s', (problem, change) => {
    const line = JSON.stringify({ ...(JSON.parse(outcomeLine('ci', SEEN)) as object), ...change });
    expect(problemsOf(line, SEEN.at)).toContain(problem);
    expect(problemsOf(line, SEEN.at + 15 * DAY_MS)).toContain('too old, or to come');
  });
});
