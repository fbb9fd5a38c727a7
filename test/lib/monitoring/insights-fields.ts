/** The fields that CloudWatch Logs Insights finds in a line of the log. */
export type Value = string | number | boolean | undefined;
export type Fields = Readonly<Record<string, Value>>;

/**
 * Fields that are found in one line of JSON; what is beyond is in no query.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
export const MOST_FIELDS = 200;

/** A line that is no JSON object has no fields of its own. */
export function fieldsOf(line: string): ReadonlyMap<string, Value> {
  const all = leavesOf(line);
  const found = new Map<string, Value>(all.slice(0, MOST_FIELDS));
  found.set('@message', line);
  found.set('@timestamp', found.get('timestamp') ?? /^\S+/.exec(line)?.[0]);
  return found;
}

/** Those of objects and lists within it have names with dots. */
export function leavesOf(line: string): readonly (readonly [string, Value])[] {
  if (!line.startsWith('{')) return [];
  return [...leaves(JSON.parse(line), '')];
}

function* leaves(value: unknown, name: string): Generator<readonly [string, Value]> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      yield* leaves(each, name === '' ? key : `${name}.${key}`);
    }
  } else if (typeof value === 'string' || typeof value === 'number') {
    yield [name, value];
  } else if (typeof value === 'boolean') {
    // Booleans are compared as numbers.
    yield [name, Number(value)];
  }
}
