/** The rules, workloads and scenarios that a comparison is asked for by name. */
import { UsageError } from '../../../cli/usage-error.ts';
import type { CompareGiven } from '../../cli/compare.ts';
import { RULES } from '../rules/all.ts';
import { type Rule, shownName } from '../rules/rule.ts';
import { type Scenario, SCENARIOS } from '../scenarios.ts';
import { type BuiltIn, BUILT_INS } from '../workloads.ts';

export interface Chosen {
  readonly rules: readonly Rule[];
  /** Undefined with a trace. */
  readonly workloads: readonly BuiltIn[] | undefined;
  readonly scenarios: readonly Scenario[];
}

/** @throws UsageError naming the option, what is unknown and what is allowed */
export function chosenOf({ rules, workloads, scenarios, trace }: CompareGiven): Chosen {
  return {
    rules: named('--rules', rules, RULES),
    workloads: trace === undefined ? named('--workload', workloads, BUILT_INS) : undefined,
    scenarios: named('--scenario', scenarios ?? ['plain'], SCENARIOS),
  };
}

function named<T extends { readonly name: string }>(
  option: string,
  asked: readonly string[] | undefined,
  known: readonly T[],
): readonly T[] {
  if (asked === undefined || asked.includes('all')) return known;
  const names = known.map(({ name }) => name);
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown === undefined) return known.filter(({ name }) => asked.includes(name));
  throw new UsageError(
    `${option} names ${JSON.stringify(unknown)}; allowed: ${names.join(', ')}, or all`,
  );
}

/** For help: every name with its sentence. */
export function namesHelp(): string {
  const lists = [
    ['Rules', RULES.map((rule) => ({ ...rule, name: shownName(rule) }))],
    ['Workloads', BUILT_INS],
    ['Scenarios, or all', SCENARIOS],
  ] as const;
  return lists
    .map(([heading, items]) => {
      const width = Math.max(...items.map(({ name }) => name.length));
      const lines = items.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`);
      return `${heading}:\n${lines.join('\n')}`;
    })
    .join('\n\n');
}
