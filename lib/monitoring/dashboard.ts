/**
 * The dashboard: the scaler's health first, then a row for each class: demand against capacity, waiting, how machines ended,
 * and what went wrong. Four metrics for each class, because three dashboards of up to 50 metrics are free of charge; the
 * rest is read from the log.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
import { Aws, aws_cloudwatch as cloudwatch, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ResolvedConfig, ResolvedFleet } from '../../config/resolved-config.ts';
import { CLASS_METRIC, DIMENSION } from '../../lambda/scaler/contract.ts';
import type { Alarms } from './alarms.ts';
import { functionMetric, groupMetric, scalerMetric } from './metrics.ts';
import { QUERIES, type QueryName } from './queries.ts';

/** The grid is 24 wide. */
const HEIGHT = 6;
const WIDTH = { demand: 8, waiting: 5, ended: 5, errors: 6 } as const;
const HEALTH_WIDTH = { alarms: 6, passes: 7, requests: 5, errors: 6 } as const;

/** Colours that differ for eyes that do not see red and green apart. */
const COLOR = { waiting: '#d55e00', serving: '#0072b2', booting: '#56b4e9' } as const;

const MINUTE = Duration.minutes(1);

export interface DashboardProps {
  readonly config: Pick<ResolvedConfig, 'fleets' | 'name'>;
  readonly functionName: string;
  readonly logGroupName: string;
  readonly alarms: Alarms | undefined;
}

export class Dashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { config, logGroupName } = props;
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: `runner-scaler-${config.name}`,
      defaultInterval: Duration.hours(12),
      periodOverride: cloudwatch.PeriodOverride.AUTO,
      widgets: [
        [heading(config.name)],
        healthRow(props),
        ...config.fleets.map((fleet) => classRow(fleet, { scaler: config.name, logGroupName })),
      ],
    });
  }
}

function heading(name: string): cloudwatch.IWidget {
  const insights = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#logsV2:logs-insights`;
  const saved = Object.keys(QUERIES).map((title) => `*${title}*`);
  return new cloudwatch.TextWidget({
    width: 24,
    height: 2,
    markdown:
      `## runner-scaler ${name}\nQuestions to the log, saved in [Logs Insights](${insights}) under Queries, ` +
      `runner-scaler/${name}: ${saved.join(', ')}.`,
  });
}

function healthRow({ functionName, logGroupName, alarms }: DashboardProps): cloudwatch.IWidget[] {
  const sums = ['Invocations', 'Errors', 'Throttles'].map((metricName) =>
    functionMetric(functionName, { name: metricName, statistic: 'Sum', period: MINUTE }),
  );
  const duration = functionMetric(functionName, {
    name: 'Duration',
    statistic: 'Maximum',
    period: MINUTE,
    label: 'longest, in ms',
  });
  return [
    ...(alarms === undefined
      ? []
      : [
          new cloudwatch.AlarmStatusWidget({
            title: 'Alarms',
            alarms: [...alarms.all].slice(0, MOST_ALARMS),
            width: HEALTH_WIDTH.alarms,
            height: HEIGHT,
          }),
        ]),
    new cloudwatch.GraphWidget({
      title: 'Scaler: invocations a minute, and how long they take',
      left: sums,
      right: [duration],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width: HEALTH_WIDTH.passes,
      height: HEIGHT,
    }),
    fromLog('Requests left, in percent', {
      logGroupName,
      query: 'requests left over time',
      view: cloudwatch.LogQueryVisualizationType.LINE,
      width: HEALTH_WIDTH.requests,
    }),
    fromLog('Warnings and failures', {
      logGroupName,
      query: 'warnings and failures',
      width: HEALTH_WIDTH.errors + (alarms === undefined ? HEALTH_WIDTH.alarms : 0),
    }),
  ];
}

/** A widget of alarms takes no more. */
const MOST_ALARMS = 100;

function classRow(
  { resourceClass, group }: ResolvedFleet,
  { scaler, logGroupName }: { readonly scaler: string; readonly logGroupName: string },
): cloudwatch.IWidget[] {
  const of = { scaler, resourceClass };
  const average = { statistic: 'Average', period: MINUTE } as const;
  const greatest = { statistic: 'Maximum', period: MINUTE } as const;
  return [
    new cloudwatch.GraphWidget({
      title: `${resourceClass}: jobs that wait, and machines`,
      left: [
        groupMetric(group, {
          ...average,
          name: 'GroupInServiceInstances',
          label: 'machines in service',
          color: COLOR.serving,
        }),
        groupMetric(group, {
          ...average,
          name: 'GroupPendingInstances',
          label: 'machines that boot',
          color: COLOR.booting,
        }),
        scalerMetric(of, {
          ...greatest,
          name: CLASS_METRIC.unclaimed,
          label: 'jobs that wait',
          color: COLOR.waiting,
        }),
      ],
      leftYAxis: { min: 0, showUnits: false },
      width: WIDTH.demand,
      height: HEIGHT,
    }),
    new cloudwatch.GraphWidget({
      title: 'longest wait, in seconds, at least',
      left: [
        scalerMetric(of, {
          ...greatest,
          name: CLASS_METRIC.queueSeconds,
          label: 'seconds',
          color: COLOR.waiting,
        }),
      ],
      leftYAxis: { min: 0, showUnits: false },
      width: WIDTH.waiting,
      height: HEIGHT,
    }),
    fromLog('Boots and outcomes', {
      logGroupName,
      query: 'how machines ended',
      resourceClass,
      width: WIDTH.ended,
    }),
    fromLog('Warnings and failures', {
      logGroupName,
      query: 'warnings and failures',
      resourceClass,
      width: WIDTH.errors,
    }),
  ];
}

interface FromLog {
  readonly logGroupName: string;
  readonly query: QueryName;
  /** Default: of all classes. */
  readonly resourceClass?: string;
  /** Default: a table. */
  readonly view?: cloudwatch.LogQueryVisualizationType;
  readonly width: number;
}

function fromLog(title: string, { logGroupName, query, resourceClass, width, ...look }: FromLog) {
  const [first = '', ...rest] = QUERIES[query];
  const ofClass =
    resourceClass === undefined ? [] : [`filter ${DIMENSION.resourceClass} = '${resourceClass}'`];
  // The title of the row names the class, and a sentence needs the room.
  const shown =
    resourceClass === undefined ? first : first.replace(`, ${DIMENSION.resourceClass}`, '');
  // What a query shows comes first, and what it chooses from before all else.
  const lines = first.startsWith('fields')
    ? [shown, ...ofClass, ...rest]
    : [...ofClass, first, ...rest];
  return new cloudwatch.LogQueryWidget({
    title,
    logGroupNames: [logGroupName],
    queryLines: lines,
    view: look.view ?? cloudwatch.LogQueryVisualizationType.TABLE,
    width,
    height: HEIGHT,
  });
}
