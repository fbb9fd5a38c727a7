/** Which fleet of GitHub serves the labels of a job in a trace. */
import type { ResolvedFleet } from '../../config/resolved-config.ts';
import { decodeGitHubDemand } from '../../lambda/scaler/contract.ts';

/** What every runner has. */
const OF_EVERY_RUNNER: ReadonlySet<string> = new Set(['self-hosted', 'linux']);
/** What says nothing of a fleet, unless it says nothing else. */
const COMMON: ReadonlySet<string> = new Set([...OF_EVERY_RUNNER, 'x64', 'arm64']);

interface LabelledFleet {
  readonly resourceClass: string;
  readonly labels: readonly string[];
  /** Those of which a job must ask for one. */
  readonly own: readonly string[];
}

/**
 * As the scaler does it: the fleet with fewest labels of those that have all labels of the job, of equal ones the first by
 * name. A trace does not say in which repository a job ran, so all of them are taken to serve it.
 *
 * @returns undefined for a job that no fleet of GitHub serves; its labels are joined by commas
 */
export function fleetByLabels(
  fleets: readonly ResolvedFleet[],
): (labels: string) => string | undefined {
  const labelled = fleets
    .flatMap(labelledFleet)
    .toSorted(
      (one, other) =>
        one.labels.length - other.labels.length ||
        (one.resourceClass < other.resourceClass ? -1 : 1),
    );
  return (text) => {
    const asked = text.split(',').map((label) => label.trim().toLowerCase());
    return labelled.find(
      ({ labels, own }) =>
        asked.every((label) => labels.includes(label) || OF_EVERY_RUNNER.has(label)) &&
        asked.some((label) => own.includes(label)),
    )?.resourceClass;
  };
}

function labelledFleet(fleet: ResolvedFleet): readonly LabelledFleet[] {
  const demand = fleet.source === 'github' ? decodeGitHubDemand(fleet.demand) : undefined;
  if (demand === undefined) return [];
  const labels = demand.labels.map((label) => label.toLowerCase());
  const own = labels.filter((label) => !COMMON.has(label));
  return [{ resourceClass: fleet.resourceClass, labels, own: own.length > 0 ? own : labels }];
}
