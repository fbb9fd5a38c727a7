/** The parts of a query of CloudWatch Logs Insights. */
import type { Value } from './insights-fields.ts';

type Row = ReadonlyMap<string, Value>;
export type Expression = (row: Row) => Value;

/**
 * Names of letters, digits, dots and, first, @. Those with other characters need backticks, and the product has none.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
const TOKEN =
  /\s*(?:(?<text>'[^']*'|"[^"]*")|(?<number>\d+(?:\.\d+)?)(?<unit>[a-z]*)|(?<name>@?[A-Za-z][A-Za-z0-9.]*)|(?<sign><=|>=|!=|[|(),=<>*/+-]))/y;

/** Elsewhere a slash divides. */
const AFTER_LIKE = /\s*(?<regex>\/(?:[^/\\]|\\.)+\/)/y;

const KEYWORDS = new Set(['as', 'and', 'or', 'not', 'by', 'asc', 'desc', 'like', 'in']);

/** Of a period within `bin`, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const KINDS = ['text', 'regex', 'number', 'name', 'sign'] as const;

interface Token {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
}

function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  const text = query.trimEnd();
  let at = 0;
  while (at < text.length) {
    const pattern = tokens.at(-1)?.text === 'like' ? AFTER_LIKE : TOKEN;
    pattern.lastIndex = at;
    const groups = pattern.exec(text)?.groups;
    const kind = KINDS.find((each) => groups?.[each] !== undefined);
    if (groups === undefined || kind === undefined) {
      throw new Error(`not understood: ${text.slice(at, at + 30)}`);
    }
    const found = groups[kind] ?? '';
    const to = pattern.lastIndex;
    at = to;
    tokens.push({ kind, text: found, unit: groups['unit'] ?? '', from: to - found.length, to });
  }
  return tokens;
}

export type Parser = ReturnType<typeof parserOf>;

export function parserOf(query: string) {
  const tokens = tokensOf(query);
  let at = 0;

  const peek = () => tokens[at];
  const next = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw new Error(`the query ends too soon: ${query}`);
    at += 1;
    return token;
  };
  const takes = (text: string): boolean => {
    const isNext = peek()?.text === text && peek()?.kind !== 'text';
    if (isNext) at += 1;
    return isNext;
  };
  const take = (text: string): void => {
    if (!takes(text)) throw new Error(`${text} is missing before ${peek()?.text ?? 'the end'}`);
  };
  const ofKind = (kind: Token['kind']): Token => {
    const token = next();
    if (token.kind !== kind || (kind === 'name' && KEYWORDS.has(token.text))) {
      throw new Error(`a ${kind} is missing before ${token.text}`);
    }
    return token;
  };
  const list = <T>(each: () => T): readonly T[] => {
    const found = [each()];
    while (takes(',')) found.push(each());
    return found;
  };

  const FUNCTIONS: Readonly<Record<string, (given: readonly Expression[]) => Expression>> = {
    coalesce: (given) => (row) =>
      given.map((of) => of(row)).find((value) => value !== undefined && value !== ''),
    ispresent: (given) => (row) => given.every((of) => of(row) !== undefined),
  };

  function primary(): Expression {
    if (takes('(')) {
      const within = condition();
      take(')');
      return within;
    }
    const token = next();
    const { kind, text, unit } = token;
    if (kind === 'text') return () => text.slice(1, -1);
    if (kind === 'number' && unit === '') return () => Number(text);
    if (kind !== 'name' || KEYWORDS.has(text)) throw new Error(`a value is missing before ${text}`);
    if (!takes('(')) return (row) => row.get(text);
    if (text === 'bin') return bin();
    const made = FUNCTIONS[text];
    if (made === undefined) throw new Error(`no function of the product's queries: ${text}`);
    const given = list(expression);
    take(')');
    return made(given);
  }

  function bin(): Expression {
    const period = ofKind('number');
    const ms = Number(period.text) * (UNITS[period.unit] ?? Number.NaN);
    if (!(ms > 0)) throw new Error(`bin needs a period: ${period.text}${period.unit}`);
    take(')');
    return (row) => {
      const moment = Date.parse(String(row.get('@timestamp')));
      return new Date(Math.floor(moment / ms) * ms).toISOString();
    };
  }

  const CALCULATED: Readonly<Record<string, (one: number, other: number) => number>> = {
    '/': (one, other) => one / other,
    '*': (one, other) => one * other,
    '+': (one, other) => one + other,
    '-': (one, other) => one - other,
  };

  function expression(): Expression {
    let left = primary();
    for (;;) {
      const sign = peek()?.kind === 'sign' ? CALCULATED[peek()?.text ?? ''] : undefined;
      if (sign === undefined) return left;
      at += 1;
      const [one, other] = [left, primary()];
      left = (row) => {
        const [first, second] = [one(row), other(row)];
        return typeof first === 'number' && typeof second === 'number'
          ? sign(first, second)
          : undefined;
      };
    }
  }

  const COMPARED: Readonly<
    Record<string, (one: string | number, other: string | number) => boolean>
  > = {
    '=': (one, other) => one === other,
    '<': (one, other) => one < other,
    '>': (one, other) => one > other,
    '<=': (one, other) => one <= other,
    '>=': (one, other) => one >= other,
  };

  function comparison(): Expression {
    if (takes('not')) {
      const within = comparison();
      return (row) => within(row) !== true;
    }
    const left = expression();
    if (takes('like')) return like(left);
    if (takes('!=')) {
      const right = expression();
      return (row) => left(row) !== right(row);
    }
    const compared = peek()?.kind === 'sign' ? COMPARED[peek()?.text ?? ''] : undefined;
    if (compared === undefined) return left;
    at += 1;
    const right = expression();
    return (row) => {
      const [one, other] = [left(row), right(row)];
      const isKnown = one !== undefined && other !== undefined;
      return isKnown && typeof one !== 'boolean' && typeof other !== 'boolean'
        ? compared(one, other)
        : false;
    };
  }

  function like(left: Expression): Expression {
    const pattern = new RegExp(ofKind('regex').text.slice(1, -1));
    return (row) => {
      const value = left(row);
      return value !== undefined && pattern.test(String(value));
    };
  }

  function conjunction(): Expression {
    const all = [comparison()];
    while (takes('and')) all.push(comparison());
    return all.length === 1
      ? (all[0] ?? (() => undefined))
      : (row) => all.every((of) => of(row) === true);
  }

  function condition(): Expression {
    const any = [conjunction()];
    while (takes('or')) any.push(conjunction());
    return any.length === 1
      ? (any[0] ?? (() => undefined))
      : (row) => any.some((of) => of(row) === true);
  }

  return {
    takes,
    take,
    list,
    expression,
    condition,
    word: () => ofKind('name').text,
    field: () => ofKind('name').text,
    number: () => Number(ofKind('number').text),
    /** Where the next part begins, … */
    place: () => peek()?.from ?? query.length,
    /** … and the text from there to what was read last. */
    textFrom: (from: number) => query.slice(from, tokens[at - 1]?.to),
    end(): void {
      if (peek() !== undefined) throw new Error(`not understood: ${query.slice(peek()?.from)}`);
    },
  };
}
