/** Reads one of the config's lists of fleets. */
import { FLEET_LISTS, NAME_KEYS } from './fleet-place.ts';
import { type ConfigReader, isRecord, readObject } from './reader.ts';
import type { ResolvedFleet } from './resolved-config.ts';

export interface FleetList<Fleet extends ResolvedFleet> {
  readonly source: Fleet['source'];
  /** The keys an entry may have. */
  readonly keys: readonly string[];
  readonly read: (reader: ConfigReader) => Fleet;
}

/** @param config the reader of the config itself, to which every mistake is reported with its entry */
export function readFleetList<Fleet extends ResolvedFleet>(
  config: ConfigReader,
  entries: readonly unknown[],
  { source, keys, read }: FleetList<Fleet>,
): readonly Fleet[] {
  return entries.map((entry, index) => {
    const problems: string[] = [];
    const name = isRecord(entry) ? entry[NAME_KEYS[source]] : undefined;
    const called = typeof name === 'string' ? ` (${name.slice(0, 80)})` : '';
    const where = `${FLEET_LISTS[source]}[${index}]${called}`;
    const fleet = read(readObject(entry, { where, keys, problems }));
    problems.forEach((problem) => config.complain(problem));
    return fleet;
  });
}
