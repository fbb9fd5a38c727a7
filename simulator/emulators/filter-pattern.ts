/**
 * CloudWatch's filter patterns for JSON lines, as far as they are used: texts that are equal, joined by `&&`, `||` and
 * parentheses, as in `{ $.message = "pass" && ($.a = "x" || $.a = "y") }`; and words or texts of which one is in the line,
 * as in `?ERROR ?"Task timed out"`.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { parseObject } from '../../lambda/scaler/contract.ts';

export type Matches = (message: string) => boolean;

type Test = (line: Readonly<Record<string, unknown>>) => boolean;

/** @returns undefined for a pattern that is not understood */
export function filterPattern(text: string): Matches | undefined {
  const pattern = text.trim();
  if (pattern === '') return () => true;
  if (/^(?:\?(?:\w+|"[^"]*")(?:\s+|$))+$/.test(pattern)) {
    const words = [...pattern.matchAll(/\?(?:"([^"]*)"|(\w+))/g)].map(
      ([, quoted, bare = '']) => quoted ?? bare,
    );
    return (message) => words.some((word) => message.includes(word));
  }
  const inner = /^\{(.*)\}$/s.exec(pattern)?.[1];
  if (inner === undefined) return undefined;
  const tokens = inner.match(/\(|\)|&&|\|\||=|\$\.\w+|"[^"]*"|\S/g) ?? [];
  let next = 0;

  function either(): Test | undefined {
    let test = both();
    while (test !== undefined && tokens[next] === '||') {
      next += 1;
      const [left, right] = [test, both()];
      test = right && ((line) => left(line) || right(line));
    }
    return test;
  }

  function both(): Test | undefined {
    let test = one();
    while (test !== undefined && tokens[next] === '&&') {
      next += 1;
      const [left, right] = [test, one()];
      test = right && ((line) => left(line) && right(line));
    }
    return test;
  }

  function one(): Test | undefined {
    if (tokens[next] === '(') {
      next += 1;
      const test = either();
      next += 1;
      return tokens[next - 1] === ')' ? test : undefined;
    }
    const [field = '', sign, value = ''] = tokens.slice(next, next + 3);
    next += 3;
    if (!field.startsWith('$.') || sign !== '=' || !value.startsWith('"')) return undefined;
    return (line) => line[field.slice(2)] === value.slice(1, -1);
  }

  const test = either();
  if (test === undefined || next !== tokens.length) return undefined;
  return (message) => {
    const line = parseObject(message);
    return line !== undefined && test(line);
  };
}
