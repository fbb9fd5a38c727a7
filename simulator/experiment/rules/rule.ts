/** A scaling rule as it takes part in the comparison. */
import type { FleetSpec } from '../../world/fleet-spec.ts';
import type { Parameters } from '../../world/parameters.ts';
import type { World } from '../../world/world.ts';
import type { Usage } from '../../drive/usage.ts';
import type { VirtualTime } from '../../drive/virtual-time.ts';

export interface Rule {
  /** A short name without spaces, for the command line. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly about: string;
  /** Whether it is what this project ships. Default: no. */
  readonly shipped?: boolean;
  /** Where it is described. */
  readonly source: Source;
  /** What can be set, as it is set here; seconds unless the name says otherwise. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** How the world differs for the machines this rule comes with. Default: not at all. */
  readonly parameters?: Partial<Parameters>;
  /** How its fleets differ. Default: not at all. */
  readonly fleet?: Partial<FleetSpec>;
  readonly host: Host;
  /** Starts its controllers; they run for as long as the world does. */
  readonly start: (stage: Stage) => void;
}

/** The name wherever rules are listed: the shipped one is marked. */
export function shownName({ name, shipped }: Pick<Rule, 'name' | 'shipped'>): string {
  return shipped ? `${name} (shipped)` : name;
}

interface Source {
  readonly what: string;
  readonly url: string;
}

/** What a controller runs on, for its price. */
export type Host =
  | {
      readonly kind: 'lambda';
      readonly architecture: 'arm64' | 'x86_64';
      readonly memoryMib: number;
      /** Whether Lambda reads a queue for it, which costs also while the queue is empty. Default: false. */
      readonly queue?: boolean;
    }
  /** A process that always runs, on a machine or cluster that is paid for already. */
  | { readonly kind: 'daemon' }
  | { readonly kind: 'none' };

/** Where the controllers of one rule act. */
export interface Stage {
  readonly world: World;
  readonly time: VirtualTime;
  readonly fleets: readonly FleetSpec[];
  /** A new account of what one controller uses. */
  readonly account: () => Usage;
}
