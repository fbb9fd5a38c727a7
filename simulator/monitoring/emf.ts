/** What CloudWatch makes of a log line in the Embedded Metric Format: strict, so that what it would drop is an error. */

/** One value of a metric at one moment. */
export interface Datum {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
}

/** Namespace, name and dimensions in one text: the identity of a metric, for which it is billed. */
export function metricKey(
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
): string {
  const sorted = Object.entries(dimensions).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([namespace, name, ...sorted]);
}

const UNITS = new Set(['Count', 'Seconds']);

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

interface Line {
  readonly _aws?: { readonly Timestamp: number; readonly CloudWatchMetrics: readonly Directive[] };
  readonly [field: string]: unknown;
}

/**
 * @throws Error for a line from which CloudWatch would take no metrics, or not all
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function dataOf(line: string): readonly Datum[] {
  const fields: Line = JSON.parse(line);
  const { _aws } = fields;
  if (_aws === undefined) return [];
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name, Unit }) => {
        const value = fields[Name];
        const dimensions = names.map((name) => [name, fields[name]] as const);
        const isText = dimensions.every(([, text]) => typeof text === 'string' && text !== '');
        if (typeof value !== 'number' || !Number.isFinite(value) || !isText) {
          throw new Error(`CloudWatch would drop ${Name} of the line ${line}`);
        }
        if (!UNITS.has(Unit)) throw new Error(`${Name} has the unit ${Unit}`);
        const key = metricKey(
          Namespace,
          Name,
          Object.fromEntries(dimensions.map(([name, text]) => [name, String(text)])),
        );
        return { key, at: _aws.Timestamp, value };
      }),
    ),
  );
}
