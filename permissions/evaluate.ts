/**
 * Decides as IAM does whether identity policies allow a call: as much of its rules as the policies of
 * this project use, and an error for everything else, so that nothing is ever judged by a rule that is
 * not there. Why it is our own: docs/decisions/iam-evaluator.md.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  /** Operator, then condition key, then the values of which one must match. */
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** One call as IAM sees it. */
export interface IamRequest {
  /** `service:Action`. */
  readonly action: string;
  /** ARN of what the call is about; `*` for an action that knows no resources. */
  readonly resource: string;
  /** Condition keys that the call has. Several values of one key, as `aws:TagKeys` has, stand joined by commas. */
  readonly context: Readonly<Record<string, string>>;
}

/**
 * Whether the statements together allow the request: one of them allows it and none denies it.
 *
 * @throws Error when any statement, also one that does not apply, uses an operator or a policy
 *   variable that is not known here
 */
export function isAllowed(statements: readonly PolicyStatement[], request: IamRequest): boolean {
  statements.forEach(refuseUnknown);
  const applying = statements.filter((statement) => applies(statement, request));
  return (
    applying.some(({ Effect }) => Effect === 'Allow') &&
    !applying.some(({ Effect }) => Effect === 'Deny')
  );
}

function applies(statement: PolicyStatement, { action, resource, context }: IamRequest): boolean {
  return (
    list(statement.Action).some((pattern) => likeIgnoringCase(action, pattern)) &&
    list(statement.Resource).some((pattern) => pattern === '*' || likeArn(resource, pattern)) &&
    conditionsOf(statement).every((condition) => holds(condition, context))
  );
}

type Matches = (value: string, pattern: string) => boolean;

/**
 * The operators that are known, each with how one value of the request is compared with one of the
 * policy. `Null` and the set prefixes are not here: they are about whole keys.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const OPERATORS: ReadonlyMap<string, Matches> = new Map<string, Matches>([
  ['StringEquals', (value, wanted) => value === wanted],
  ['StringEqualsIgnoreCase', (value, wanted) => value.toLowerCase() === wanted.toLowerCase()],
  ['StringLike', like],
  ['ArnEquals', likeArn],
  ['ArnLike', likeArn],
  ['Bool', (value, wanted) => value.toLowerCase() === wanted.toLowerCase()],
]);

const SETS = ['ForAllValues', 'ForAnyValue'];

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly wanted: readonly string[];
}

function conditionsOf({ Condition = {} }: PolicyStatement): readonly Condition[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, wanted: list(values) })),
  );
}

function holds({ operator, key, wanted }: Condition, context: IamRequest['context']): boolean {
  const value = contextValue(context, key);
  if (operator === 'Null') return wanted.includes(String(value === undefined));
  const { set, matches } = operatorOf(operator);
  const matchesAny = (one: string) => wanted.some((pattern) => matches(one, pattern));
  // As IAM has it: all of no values match, so this operator alone protects nothing.
  if (set === 'ForAllValues') return value === undefined || value.split(',').every(matchesAny);
  if (value === undefined) return false;
  return set === 'ForAnyValue' ? value.split(',').some(matchesAny) : matchesAny(value);
}

function operatorOf(name: string): { readonly set: string | undefined; readonly matches: Matches } {
  const [first = '', second] = name.split(':');
  const matches = OPERATORS.get(second ?? first);
  if (matches === undefined || (second !== undefined && !SETS.includes(first))) {
    throw new Error(
      `condition operator is ${name}; known: ${[...OPERATORS.keys()].join(', ')}, Null, ` +
        `and the first ones with ${SETS.join(': or ')}: before them; add it to permissions/evaluate.ts`,
    );
  }
  return { set: second === undefined ? undefined : first, matches };
}

/** Names of condition keys are the same in any case; tag keys in them, too. */
function contextValue(context: IamRequest['context'], key: string): string | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

/** Statements that have been checked: the same few are evaluated for every action of AWS. */
const understood = new WeakSet<PolicyStatement>();

function refuseUnknown(statement: PolicyStatement): void {
  if (understood.has(statement)) return;
  const conditions = conditionsOf(statement);
  for (const { operator } of conditions) {
    if (operator !== 'Null') operatorOf(operator);
  }
  const texts = [...list(statement.Resource), ...conditions.flatMap(({ wanted }) => wanted)];
  for (const text of texts) {
    if (text.includes('${')) {
      throw new Error(
        `policy holds the variable ${text}; known: none; add variables to permissions/evaluate.ts`,
      );
    }
  }
  understood.add(statement);
}

/** The six parts of an ARN are compared one by one: a wildcard in one does not reach into the next. */
function likeArn(arn: string, pattern: string): boolean {
  const [parts, patterns] = [arnParts(arn), arnParts(pattern)];
  return (
    parts.length === patterns.length &&
    parts.every((part, index) => like(part, patterns[index] ?? ''))
  );
}

/** Only the first five colons divide: the sixth part, the resource, may hold colons too. */
function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}

function likeIgnoringCase(text: string, pattern: string): boolean {
  return like(text.toLowerCase(), pattern.toLowerCase());
}

/** `*` is any text, also none; `?` is any one character. */
function like(text: string, pattern: string): boolean {
  // Policies are mostly plain names, and tests ask about each action there is.
  if (!/[*?]/.test(pattern)) return text === pattern;
  const expression = pattern
    .replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
    .replaceAll(String.raw`\*`, '.*')
    .replaceAll(String.raw`\?`, '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
