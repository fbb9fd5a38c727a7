/** Recorded calls against the policies that were deployed with their callers. */
import { isAllowed, type IamRequest, type PolicyStatement } from '../../permissions/evaluate.ts';
import type { AwsCli } from './moto.ts';

/** A call that somebody was seen to make. */
export interface ObservedCall extends IamRequest {
  readonly caller: string;
}

export interface JudgedCall extends ObservedCall {
  /** How often it was made. */
  readonly times: number;
  /** Position, from 1, of the statement of the caller's role that allows it; undefined: none does. */
  readonly statement: number | undefined;
}

/** The statements of a role's own policies, in the order in which IAM lists them. */
export async function statementsOf(aws: AwsCli, role: string): Promise<readonly PolicyStatement[]> {
  const { PolicyNames } = (await aws('iam', 'list-role-policies', '--role-name', role)) as {
    PolicyNames: readonly string[];
  };
  const statements: PolicyStatement[] = [];
  for (const name of PolicyNames) {
    const { PolicyDocument } = (await aws(
      'iam',
      'get-role-policy',
      '--role-name',
      role,
      '--policy-name',
      name,
    )) as { PolicyDocument: { Statement: PolicyStatement | readonly PolicyStatement[] } };
    statements.push(...[PolicyDocument.Statement].flat());
  }
  return statements;
}

/** Each different call once, with the statement that allows it. */
export function judge(
  calls: readonly ObservedCall[],
  statements: ReadonlyMap<string, readonly PolicyStatement[]>,
): readonly JudgedCall[] {
  const judged = new Map<string, JudgedCall>();
  for (const call of calls) {
    const key = JSON.stringify([call.caller, call.action, call.resource, call.context]);
    const known = judged.get(key);
    if (known !== undefined) {
      judged.set(key, { ...known, times: known.times + 1 });
      continue;
    }
    const own = statements.get(call.caller) ?? [];
    const index = own.findIndex((statement) => isAllowed([statement], call));
    // The whole policy decides: a statement that denies it would undo the one that allows it.
    const statement = index >= 0 && isAllowed(own, call) ? index + 1 : undefined;
    judged.set(key, { ...call, times: 1, statement });
  }
  return [...judged.values()];
}

/** The statements of each caller's role, numbered, and under them the calls with the one that allows each. */
export function judgementTable(
  judged: readonly JudgedCall[],
  statements: ReadonlyMap<string, readonly PolicyStatement[]>,
): string {
  const granted = [...statements].flatMap(([caller, own]) => [
    `What the role of the ${caller} allows:`,
    ...own.map((statement, index) => `  ${index + 1}  ${summary(statement)}`),
  ]);
  const rows = [...judged]
    .sort((one, other) => one.caller.localeCompare(other.caller))
    .map(({ caller, action, resource, times, statement }) => [
      caller,
      action,
      short(resource),
      String(times),
      statement === undefined ? 'NOT ALLOWED' : String(statement),
    ]);
  const header = ['caller', 'call', 'resource', 'times', 'allowed by statement'];
  const widths = header.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const table = [header, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...granted, '', ...table].join('\n');
}

function summary({ Effect, Action, Resource, Condition }: PolicyStatement): string {
  const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
  return `${Effect} ${[Action].flat().join(', ')} on ${[Resource].flat().map(short).join(', ')}${condition}`;
}

/** An ARN without what is the same in all of them. */
function short(arn: string): string {
  return arn.replace(/^arn:[^:]*:([^:]*):[^:]*:[^:]*:/, '$1 ');
}
