/**
 * A small interpreter of CloudWatch Logs Insights: what AWS's pages say of the commands that the product's queries use,
 * and nothing else. It is strict, so that what might not be taken in an account is an error here.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
import { fieldsOf, type Fields, type Value } from './insights-fields.ts';
import { parserOf, type Expression, type Parser } from './insights-syntax.ts';

export type Row = ReadonlyMap<string, Value>;

/** What a command makes of the rows before it, and the fields that it shows; undefined where it shows no others. */
type Command = (rows: readonly Row[]) => readonly Row[];

/** Events that a query shows where it names no limit, and the most that it may name. */
const MOST_EVENTS = 10_000;

/**
 * @param lines of the log, oldest first, each with the moment at which it was written where it is no JSON with one
 * @throws Error for a query that the pages do not describe
 */
export function insights(query: string, lines: readonly string[]): readonly Fields[] {
  const { commands, shown } = parsed(query);
  let rows: readonly Row[] = lines.map(fieldsOf);
  for (const command of commands) rows = command(rows);
  const isStats = shown === undefined;
  return rows
    .slice(0, MOST_EVENTS)
    .map((row) =>
      Object.fromEntries(
        [...row].filter(([name, value]) => value !== undefined && (isStats || shown.has(name))),
      ),
    );
}

function parsed(query: string) {
  const parser = parserOf(query);
  const commands: Command[] = [];
  let shown: Set<string> | undefined = new Set(['@timestamp', '@message']);
  let hasFields = false;
  do {
    const name = parser.word();
    switch (name) {
      case 'fields': {
        const list = parser.list(() => named(parser));
        if (!hasFields) shown = new Set();
        hasFields = true;
        list.forEach((each) => shown?.add(each.name));
        commands.push((rows) => rows.map((row) => withEach(row, list)));
        break;
      }
      case 'filter': {
        const holds = parser.condition();
        commands.push((rows) => rows.filter((row) => holds(row) === true));
        break;
      }
      case 'stats':
        shown = undefined;
        commands.push(stats(parser));
        break;
      case 'sort':
        commands.push(sort(parser));
        break;
      case 'limit': {
        const most = parser.number();
        if (most > MOST_EVENTS) throw new Error(`a limit of ${most}; allowed: ${MOST_EVENTS}`);
        commands.push((rows) => rows.slice(0, most));
        break;
      }
      default:
        throw new Error(`no command of the product's queries: ${name}`);
    }
  } while (parser.takes('|'));
  parser.end();
  return { commands, shown };
}

interface Named {
  readonly name: string;
  readonly of: Expression;
}

function named(parser: Parser): Named {
  const from = parser.place();
  const of = parser.expression();
  const name = parser.takes('as') ? parser.field() : parser.textFrom(from);
  return { name, of };
}

function withEach(row: Row, list: readonly Named[]): Row {
  return new Map([...row, ...list.map(({ name, of }) => [name, of(row)] as const)]);
}

type Aggregate = (rows: readonly Row[]) => Value;

function stats(parser: Parser): Command {
  const figures = parser.list(() => {
    const from = parser.place();
    const of = aggregate(parser);
    return { name: parser.takes('as') ? parser.field() : parser.textFrom(from), of };
  });
  const by = parser.takes('by') ? parser.list(() => named(parser)) : [];
  return (rows) => {
    const groups = new Map<string, { readonly keys: readonly Value[]; readonly rows: Row[] }>();
    for (const row of rows) {
      const keys = by.map(({ of }) => of(row));
      const key = JSON.stringify(keys);
      const group = groups.get(key) ?? { keys, rows: [] };
      groups.set(key, group);
      group.rows.push(row);
    }
    return [...groups.values()].map(
      (group) =>
        new Map([
          ...by.map(({ name }, at) => [name, group.keys[at]] as const),
          ...figures.map(({ name, of }) => [name, of(group.rows)] as const),
        ]),
    );
  };
}

function aggregate(parser: Parser): Aggregate {
  const name = parser.word();
  parser.take('(');
  if (name === 'count' && parser.takes(')')) return (rows) => rows.length;
  const of = parser.expression();
  const numbers = (rows: readonly Row[]) =>
    rows.map((row) => of(row)).filter((value) => typeof value === 'number');
  let share = 0;
  if (name === 'pct') {
    parser.take(',');
    share = parser.number() / 100;
  }
  parser.take(')');
  const made: Readonly<Record<string, Aggregate>> = {
    count: (rows) => rows.filter((row) => of(row) !== undefined).length,
    max: (rows) => most(numbers(rows), 1),
    min: (rows) => most(numbers(rows), 0),
    pct: (rows) => most(numbers(rows), share),
    sum: (rows) => numbers(rows).reduce((sum, value) => sum + value, 0),
    avg: (rows) => {
      const all = numbers(rows);
      return all.length === 0 ? undefined : all.reduce((sum, each) => sum + each, 0) / all.length;
    },
    latest: (rows) => {
      const withIt = rows.filter((row) => of(row) !== undefined);
      const [last] = withIt.toSorted((one, other) => timeOf(other) - timeOf(one));
      return last && of(last);
    },
  };
  const found = made[name];
  if (found === undefined)
    throw new Error(`no function of stats in the product's queries: ${name}`);
  return found;
}

/** The value below which there is such a share of them. */
function most(values: readonly number[], share: number): Value {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
}

function timeOf(row: Row): number {
  return Date.parse(String(row.get('@timestamp')));
}

/** By one field: the pages show no more. */
function sort(parser: Parser): Command {
  const field = parser.field();
  const sign = parser.takes('desc') ? -1 : 1;
  if (sign === 1) parser.takes('asc');
  return (rows) =>
    rows.toSorted((one, other) => sign * compared(one.get(field) ?? '', other.get(field) ?? ''));
}

/** What is no number comes before all numbers. */
function compared(one: Value, other: Value): number {
  const [isNumber, isOther] = [one, other].map((value) => typeof value === 'number');
  if (isNumber !== isOther) return isNumber === true ? 1 : -1;
  if (one === other || one === undefined || other === undefined) return 0;
  return one < other ? -1 : 1;
}
