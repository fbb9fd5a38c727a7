/** The tables of the topics that were asked for. */
import { UsageError } from '../../../cli/usage-error.ts';
import type { EvidenceGiven } from '../../cli/evidence.ts';
import type { Table } from '../table.ts';
import { traceWork } from '../trace-work.ts';
import { TOPICS } from './topics/all.ts';

export interface EvidencePlan {
  readonly kind: 'evidence';
  readonly given: EvidenceGiven;
  /** Names of topics; none for all. */
  readonly topics: readonly string[];
}

/** @throws UsageError when there is no such topic, or no table is left */
export function evidenceTables({ given, topics: named }: EvidencePlan): readonly Table[] {
  const names = TOPICS.map(({ name }) => name);
  const unknown = named.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `there is no topic ${JSON.stringify(unknown)}; allowed: ${names.join(', ')}`,
    );
  }
  const { seeds, hours, max } = given;
  const trace =
    given.trace === undefined
      ? undefined
      : { work: traceWork(given), fleet: max === undefined ? {} : { max } };
  const all = TOPICS.filter(({ name }) => named.length === 0 || named.includes(name)).flatMap(
    ({ tables }) => tables({ seeds, hours, trace }),
  );
  const tables = all.filter(({ title }) => title.includes(given.table));
  if (tables.length > 0) return tables;
  if (all.length === 0) throw new UsageError(`with a trace, ${named.join(', ')} has no table`);
  throw new UsageError(
    `--table is ${JSON.stringify(given.table)}, which no title holds; allowed: a part of ` +
      all.map(({ title }) => JSON.stringify(title)).join(', '),
  );
}
