/**
 * Queries of the log that are saved in CloudWatch Logs Insights, under a folder of the scaler's name. They keep to what
 * AWS's pages show: one field to sort by, arithmetic within functions only, names of letters, digits and dots.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
import { aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { CLASS_METRIC, DIMENSION, LIMIT_FIELD } from '../../lambda/scaler/contract.ts';

const { resourceClass } = DIMENSION;

/** By the name under which they are saved; the fields are those of the lines that `report.ts` writes. */
export const QUERIES = {
  'decisions of a class': [
    `fields @timestamp, ${CLASS_METRIC.unclaimed}, running, pending, inService, desired, action, reason`,
    "filter message = 'pass' and " + resourceClass + " = 'PUT THE CLASS HERE'",
    'sort @timestamp desc',
    'limit 200',
  ],
  'who waits longest': [
    `filter message = 'pass' and ispresent(${CLASS_METRIC.queueSeconds})`,
    `stats max(${CLASS_METRIC.queueSeconds}) as seconds, max(${CLASS_METRIC.unclaimed}) as tasks, latest(reason) as why by ${resourceClass}`,
    'sort seconds desc',
  ],
  'warnings and failures': [
    `fields @timestamp, ${resourceClass}, coalesce(error, warning, reason, errorMessage, message, @message) as problem`,
    // A line of Lambda's own has no level.
    "filter level = 'ERROR' or level = 'WARN' or @message like /Invoke Error|Task timed out|Runtime exited/",
    'sort @timestamp desc',
    'limit 100',
  ],
  'how machines ended': [
    "filter message = 'runner ended'",
    `stats count() as machines, avg(bootSeconds) as boot, pct(bootSeconds, 95) as boot95 by ${resourceClass}, outcome`,
    'sort machines desc',
  ],
  'machines that did not serve': [
    `fields @timestamp, ${resourceClass}, instanceId, outcome, reason`,
    "filter message = 'runner ended' and outcome != 'served' and outcome != 'idle'",
    'sort @timestamp desc',
    'limit 100',
  ],
  'requests left': [
    `filter ispresent(${LIMIT_FIELD.percent})`,
    `stats min(${LIMIT_FIELD.percent}) as percent, min(${LIMIT_FIELD.left}) as requests, latest(${LIMIT_FIELD.resets}) as renewed by ${LIMIT_FIELD.of}`,
    'sort percent asc',
  ],
  'requests left over time': [
    `filter ispresent(${LIMIT_FIELD.percent})`,
    `stats min(${LIMIT_FIELD.percent}) as percent by bin(5m)`,
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type QueryName = keyof typeof QUERIES;

export interface QueriesProps {
  /** The scaler's name. */
  readonly name: string;
  readonly log: logs.CfnLogGroup;
}

export class Queries extends Construct {
  constructor(scope: Construct, id: string, { name, log }: QueriesProps) {
    super(scope, id);
    for (const [title, lines] of Object.entries(QUERIES)) {
      new logs.CfnQueryDefinition(this, title.replaceAll(' ', '-'), {
        name: `runner-scaler/${name}/${title}`,
        logGroupNames: [log.ref],
        queryString: lines.join('\n| '),
      });
    }
  }
}
