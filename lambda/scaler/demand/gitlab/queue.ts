import { decodeGitLabDemand, type GitLabDemand } from '../../contract/gitlab.ts';
import { DemandSourceError, type FleetQueue } from '../source.ts';

/** What a fleet's tag says of its runner. The tag was judged when the fleet was found. */
export function runnerOf({ demand = '', group }: FleetQueue): GitLabDemand {
  const decoded = decodeGitLabDemand(demand);
  if (decoded !== undefined) return decoded;
  throw new DemandSourceError(
    'bad-request',
    `the tag runner-scaler:demand of ${group} names no runner of GitLab; deploy the fleet again`,
  );
}
