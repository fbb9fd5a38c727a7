import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { ScalerConfig } from '../../../config/scaler-config.ts';
import * as contract from '../../../lambda/scaler/contract.ts';
import { resourcesOf, templateOf } from '../../../lib/template.ts';
import { configOf, only } from '../stack-fixture.ts';
import { widgetsOf } from '../../simulator/monitoring/widgets.ts';

type Properties = Readonly<Record<string, unknown>>;

function ofType(config: ScalerConfig, type: string): readonly Properties[] {
  return Object.values(resourcesOf(config))
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

interface AlarmResource extends Properties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly Metrics: readonly {
    readonly Expression?: string;
    readonly MetricStat?: { readonly Metric: Properties; readonly Period: number };
  }[];
}

function alarmsOf(config: ScalerConfig): readonly AlarmResource[] {
  return ofType(config, 'AWS::CloudWatch::Alarm') as readonly AlarmResource[];
}

/** The one that it reads. */
function metricOf({ Metrics }: Pick<AlarmResource, 'Metrics'>): Properties {
  return Metrics.find(({ MetricStat }) => MetricStat !== undefined)?.MetricStat?.Metric ?? {};
}

const KINDS = [
  'not-running',
  'passes-failing',
  'credential-refused',
  'waiting',
  'at-max',
  'launches-failing',
  'boots-failing',
  'held-back',
  'too-many-machines',
  'processes-suspended',
];

describe('alarms', () => {
  test('are one of each kind by default, with one over spot where a class buys it', () => {
    expect(alarmsOf(configOf()).map(({ AlarmName }) => AlarmName)).toEqual(
      KINDS.map((kind) => `ci-${kind}`),
    );
    expect(alarmsOf(configOf({ purchase: 'spot' })).map(({ AlarmName }) => AlarmName)).toContain(
      'ci-interruptions',
    );
  });

  test('say who is concerned and what to look at, when they go off and when it is over', () => {
    for (const alarm of alarmsOf(configOf())) {
      const { AlarmName, AlarmDescription, AlarmActions, OKActions } = alarm;
      const id = AlarmName.replace('ci-', '');
      expect(AlarmDescription).toMatch(/^[A-Z0-9].{60,300}\. .*docs\/alarms\.md, alarm [a-z-]+\.$/);
      expect(AlarmDescription.endsWith(`Scaler ci; docs/alarms.md, alarm ${id}.`)).toBe(true);
      expect(AlarmDescription.length).toBeLessThan(1_024);
      expect(AlarmActions).toEqual(OKActions);
      expect(AlarmActions).toHaveLength(1);
    }
  });

  test('say how many minutes of how many have to be bad', () => {
    const some = alarmsOf(configOf()).filter(
      ({ DatapointsToAlarm, EvaluationPeriods }) =>
        DatapointsToAlarm > 1 && DatapointsToAlarm < EvaluationPeriods,
    );
    expect(some).toHaveLength(7);
    for (const { AlarmDescription, DatapointsToAlarm, EvaluationPeriods } of some) {
      expect(AlarmDescription).toContain(
        ` ${DatapointsToAlarm} of the last ${EvaluationPeriods} minutes`,
      );
    }
  });

  test('have each a section in docs/alarms.md', () => {
    const docs = readFileSync(new URL('../../../docs/alarms.md', import.meta.url), 'utf8');
    const headings = [...docs.matchAll(/^## `([a-z-]+)`$/gm)].map(([, id]) => id);
    expect(headings).toEqual(expect.arrayContaining([...KINDS, 'interruptions']));
    expect(headings).toHaveLength(KINDS.length + 1);
  });

  test('go off for a missing scaler, and for nothing else that is missing', () => {
    const breaching = alarmsOf(configOf()).filter(
      ({ TreatMissingData }) => TreatMissingData === 'breaching',
    );
    expect(breaching.map(({ AlarmName }) => AlarmName)).toEqual(['ci-not-running']);
    expect(breaching.map(metricOf)).toMatchObject([
      { Namespace: 'AWS/Lambda', MetricName: 'Invocations' },
    ]);
  });

  test('take no data for zero, so that how far CloudWatch looks back changes nothing', () => {
    for (const { Metrics } of alarmsOf(configOf({ purchase: 'spot' }))) {
      const expression = Metrics.find(({ Expression }) => Expression !== undefined);
      expect(expression).toMatchObject({ Expression: 'FILL(counted, 0)', Id: 'expr_1' });
    }
  });

  test('are of each class where that is wanted, and are paid for one metric each', () => {
    const resourceClasses = ['acme/a', 'acme/b'].map((resourceClass) => ({
      resourceClass,
      max: 4,
    }));
    const monitoring = { alarms: { perClass: true } };
    const names = alarmsOf(configOf({}, { resourceClasses, monitoring }));
    const perClass = KINDS.slice(2).flatMap((kind) => [`ci-${kind}-acme/a`, `ci-${kind}-acme/b`]);
    expect(names.map(({ AlarmName }) => AlarmName).toSorted()).toEqual(
      ['ci-not-running', 'ci-passes-failing', ...perClass].toSorted(),
    );
    for (const { Metrics } of names) {
      expect(Metrics.filter(({ MetricStat }) => MetricStat !== undefined)).toHaveLength(1);
    }
  });

  test('take the thresholds of the config, within what CloudWatch evaluates', () => {
    const alarms = {
      waitingMinutes: 240,
      atMaxMinutes: 1_440,
      excessMinutes: 1_440,
      failedBoots: 7,
      interruptions: 50,
    };
    const made = alarmsOf(configOf({ purchase: 'spot' }, { monitoring: { alarms } }));
    const byName = new Map(made.map((alarm) => [alarm.AlarmName, alarm]));
    expect(byName.get('ci-waiting')).toMatchObject({ Threshold: 14_400 });
    expect(byName.get('ci-boots-failing')).toMatchObject({ Threshold: 7 });
    expect(byName.get('ci-interruptions')).toMatchObject({ Threshold: 50 });
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    for (const { EvaluationPeriods, DatapointsToAlarm, Metrics } of made) {
      const period = Metrics.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? Number.NaN;
      expect(EvaluationPeriods * period).toBeLessThanOrEqual(86_400);
      expect(DatapointsToAlarm).toBeLessThanOrEqual(EvaluationPeriods);
    }
  });

  test('are told to a topic of the stack, which takes nothing but alarms of the account, or to a given one', () => {
    const own = templateOf(configOf({}, { monitoring: { alarms: { emails: ['a@example.com'] } } }));
    own.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'a@example.com',
    });
    const { PolicyDocument } = only(own, 'AWS::SNS::TopicPolicy').Properties as {
      readonly PolicyDocument: { readonly Statement: readonly Properties[] };
    };
    expect(PolicyDocument.Statement).toMatchObject([
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
      },
    ]);
    const topicArn = 'arn:aws:sns:eu-central-1:111122223333:on-call';
    const given = configOf({}, { monitoring: { alarms: { topicArn } } });
    expect(ofType(given, 'AWS::SNS::Topic')).toEqual([]);
    expect(alarmsOf(given)[0]?.['AlarmActions']).toEqual([topicArn]);
  });

  test('and all else are off with one option', () => {
    for (const off of [{ monitoring: false }, { metrics: false }] as const) {
      const types = Object.values(resourcesOf(configOf({}, off))).map(({ Type }) => Type);
      expect(types.filter((type) => /CloudWatch|SNS|QueryDefinition/.test(type))).toEqual([]);
    }
    const quiet = resourcesOf(configOf({}, { monitoring: { alarms: false } }));
    const types = Object.values(quiet).map(({ Type }) => Type);
    expect(types).toContain('AWS::CloudWatch::Dashboard');
    expect(types).not.toContain('AWS::SNS::Topic');
  });
});

/** Every name that the scaler may write. */
const WRITTEN = new Set<string>(
  [
    contract.CLASS_METRIC,
    contract.TROUBLE_METRIC,
    contract.HOLD_BACK_METRIC,
    contract.ENDED_METRIC,
  ].flatMap((names) => Object.values(names)),
);

describe('the dashboard', () => {
  const resourceClasses = Array.from({ length: 11 }, (_, n) => ({
    resourceClass: `acme/class-${n}`,
    max: 4,
  }));
  const widgets = widgetsOf(configOf({}, { resourceClasses }));

  test('has a row for the scaler, and one for each class', () => {
    const rows = new Set(widgets.map(({ y }) => y));
    expect(rows.size).toBe(1 + 1 + 11);
    for (const y of [...rows].slice(1)) {
      const row = widgets.filter((widget) => widget.y === y);
      expect(row.reduce((width, widget) => width + widget.width, 0)).toBe(24);
    }
  });

  test('of eleven classes has no more than the 50 metrics that are free of charge', () => {
    expect(
      widgets.flatMap(({ properties }) => properties.metrics ?? []).length,
    ).toBeLessThanOrEqual(50);
  });

  test('and the alarms show metrics that are written, and none that is not', () => {
    const config = configOf({ purchase: 'spot' });
    const shown = widgetsOf(config)
      .flatMap(({ properties }) => properties.metrics ?? [])
      .filter(([namespace]) => namespace === contract.METRIC_NAMESPACE)
      .map(([, name]) => String(name));
    expect(new Set(shown)).toEqual(new Set(Object.values(contract.CLASS_METRIC)));
    const watched = alarmsOf(config)
      .map(metricOf)
      .filter(({ Namespace }) => Namespace === contract.METRIC_NAMESPACE);
    expect(
      watched.map(({ MetricName }) => MetricName).filter((name) => !WRITTEN.has(String(name))),
    ).toEqual([]);
    const unwatched = Object.values(contract.TROUBLE_METRIC).filter(
      (name) => !watched.some(({ MetricName }) => MetricName === name),
    );
    // The function's own errors stand for failed passes where there is one alarm for all classes.
    expect(unwatched).toEqual([contract.TROUBLE_METRIC.failed]);
  });
});
