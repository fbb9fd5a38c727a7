/** The fleets of a config as the world simulates them. */
import type { ResolvedFleet } from '../config/resolved-config.ts';
import { decodeGitHubDemand } from '../lambda/scaler/contract.ts';
import { type PriceTable, SPOT_SHARE } from './prices.ts';
import type { FleetSpec } from './world/fleet-spec.ts';

export interface PricedFleets {
  readonly fleets: readonly FleetSpec[];
  /** Instance types without a known price: what their machines cost is not known. */
  readonly unpriced: readonly string[];
}

/** A fleet is priced by the first of its instance types, and a spot fleet as if all of it were spot. */
export function fleetsOf(resolved: readonly ResolvedFleet[], prices: PriceTable): PricedFleets {
  const unpriced = new Set<string>();
  const fleets = resolved.map((fleet) => {
    const spot = fleet.purchase.option === 'spot';
    const [instanceType = ''] = fleet.instanceTypes;
    const onDemand = prices.get(instanceType);
    if (onDemand === undefined) unpriced.add(instanceType);
    return {
      group: fleet.group,
      resourceClass: fleet.resourceClass,
      ...(fleet.source !== 'circleci' && { jobs: { source: fleet.source, demand: fleet.demand } }),
      ...(fleet.source === 'github' && { takesAlso: alsoTaken(fleet, resolved) }),
      min: fleet.min,
      max: fleet.max,
      headroom: fleet.headroom,
      ...(fleet.schedules && { schedules: fleet.schedules }),
      idleTimeoutMs: fleet.idleTimeoutSeconds * 1000,
      maxRunTimeMs: fleet.maxRunTimeSeconds * 1000,
      spot,
      pricePerHour: onDemand === undefined ? null : onDemand * (spot ? SPOT_SHARE : 1),
      instanceType,
    };
  });
  return { fleets, unpriced: [...unpriced] };
}

/** GitHub gives a job to any runner that has the labels it asks for, whichever fleet it counts for. */
function alsoTaken(fleet: ResolvedFleet, all: readonly ResolvedFleet[]): readonly string[] {
  const own = gitHubOf(fleet);
  return all.flatMap((other) => {
    const asked = gitHubOf(other);
    if (other === fleet || own === undefined || asked === undefined) return [];
    const isServed = asked.at === own.at || asked.at.startsWith(`${own.at}/`);
    const takes = isServed && asked.labels.every((label) => own.labels.includes(label));
    return takes ? [other.resourceClass] : [];
  });
}

function gitHubOf(fleet: ResolvedFleet) {
  const demand = fleet.source === 'github' ? decodeGitHubDemand(fleet.demand) : undefined;
  return (
    demand && {
      at: demand.at.toLowerCase(),
      labels: demand.labels.map((label) => label.toLowerCase()),
    }
  );
}
