/** Finds fleets of GitHub between which a job could not choose. */
import type { Architecture } from '../runner-userdata/platforms.ts';
import { FLEET_LISTS } from './fleet-place.ts';
import { isAtOrIn } from './read-github-scope.ts';
import { show } from './reader.ts';
import type { GitHubFleet } from './resolved-config.ts';

/** GitHub gives a job to any runner with its labels, so each of two such fleets would start machines for the other's jobs. */
export function sameLabels(fleets: readonly GitHubFleet[]): readonly string[] {
  return fleets.flatMap((fleet, index) => {
    const { labels, resourceClass } = fleet;
    if (labels.length === 0) return [];
    const earlier = fleets.findIndex((other) => meet(other, fleet) && alike(other, fleet));
    if (earlier === index || earlier === -1) return [];
    const list = FLEET_LISTS.github;
    return [
      `${list}[${index}] (${resourceClass}): labels are those of ${list}[${earlier}] (${labels.map(show).join(', ')}), ` +
        'whose runners take jobs of the same repositories; allowed: one fleet per set of labels, in which case and ' +
        'the labels of every runner do not count; give one of them a label more',
    ];
  });
}

function meet({ at }: GitHubFleet, other: GitHubFleet): boolean {
  const [here, there] = [at.toLowerCase(), other.at.toLowerCase()];
  return isAtOrIn(here, there) || isAtOrIn(there, here);
}

function alike(one: GitHubFleet, other: GitHubFleet): boolean {
  return key(one) === key(other);
}

function key({ labels, architecture }: GitHubFleet): string {
  const all = [...labels, ...defaultLabels(architecture)].map((label) => label.toLowerCase());
  return [...new Set(all)].toSorted().join(',');
}

/** What every runner has, its architecture last; GitHub says x64 where EC2 says x86_64. */
export function defaultLabels(architecture: Architecture): readonly string[] {
  return ['self-hosted', 'linux', architecture === 'arm64' ? 'arm64' : 'x64'];
}
