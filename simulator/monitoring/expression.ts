/**
 * Metric math, as far as the templates use it: FILL, IF, and a comparison. All of it works period by period, so one value
 * of each metric is enough.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */

/** The value of a metric or of an expression in one period; undefined where it has none. */
export type Value = number | undefined;

/** @param valueOf the value of the metric with an id */
export type Expression = (valueOf: (id: string) => Value) => Value;

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
};

const FUNCTIONS: Readonly<Record<string, (...parts: readonly Value[]) => Value>> = {
  FILL: (value, filler) => value ?? filler,
  IF(condition, whenTrue, whenFalse) {
    if (condition === undefined) return undefined;
    return condition === 0 ? whenFalse : (whenTrue ?? 0);
  },
};

const TOKEN = /\s*([<>]=?|[(),]|\d+(?:\.\d+)?|[a-z]\w*|[A-Z]+)\s*/y;

/** @throws Error for an expression with anything else in it */
export function expressionOf(text: string): Expression {
  const tokens = tokensOf(text);
  const refused = () => new Error(`the expression ${text} is not understood`);

  function expect(token: string): void {
    if (tokens.shift() !== token) throw refused();
  }

  function compared(): Expression {
    const left = operand();
    const compare = COMPARISONS[tokens[0] ?? ''];
    if (compare === undefined) return left;
    tokens.shift();
    const right = operand();
    return (valueOf) => {
      const [one, other] = [left(valueOf), right(valueOf)];
      return one === undefined || other === undefined ? undefined : Number(compare(one, other));
    };
  }

  function operand(): Expression {
    const token = tokens.shift() ?? '';
    if (/^\d/.test(token)) return () => Number(token);
    if (/^[a-z]/.test(token)) return (valueOf) => valueOf(token);
    const called = FUNCTIONS[token];
    if (called === undefined) throw refused();
    expect('(');
    const parts = [compared()];
    while (tokens[0] === ',') {
      tokens.shift();
      parts.push(compared());
    }
    expect(')');
    return (valueOf) => called(...parts.map((part) => part(valueOf)));
  }

  const whole = compared();
  if (tokens.length > 0) throw refused();
  return whole;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new Error(`the expression ${text} has ${text.slice(at)}`);
    tokens.push(token);
  }
  return tokens;
}
